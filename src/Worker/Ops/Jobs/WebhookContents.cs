namespace Gateway.Worker.Ops.Jobs;

/// <summary>What a webhook says. For operators alone.</summary>
/// <param name="Payload">Its payload's JSON as it was published, to the last digit.</param>
/// <param name="Headers">What it says of itself, beside the time and the signature that each attempt has of its own.</param>
public sealed record WebhookContents(string Payload, IReadOnlyList<(string Name, string Value)> Headers);
