namespace Gateway.Integration.Tests.Verifiers;

/// <summary>A webhook as it arrived at a merchant.</summary>
/// <param name="Headers">The request's headers; their names in any case.</param>
/// <param name="Body">The body, as many bytes as came.</param>
public sealed record CapturedWebhook(IReadOnlyDictionary<string, string> Headers, byte[] Body);
