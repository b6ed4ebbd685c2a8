namespace Gateway.Worker.Ops.Webhooks;

/// <summary>The answer to a dry run.</summary>
/// <param name="Count">Webhooks that would be sent.</param>
public sealed record RecoveryCount(int Count);
