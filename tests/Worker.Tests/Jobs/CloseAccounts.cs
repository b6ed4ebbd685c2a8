namespace Gateway.Worker.Tests.Jobs;

/// <summary>A contract of a job that the worker does not have.</summary>
/// <param name="RunAt">The tick.</param>
public sealed record CloseAccounts(DateTimeOffset RunAt);
