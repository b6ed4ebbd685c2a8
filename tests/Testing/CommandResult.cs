namespace Gateway.Testing;

/// <summary>What a program left behind.</summary>
/// <param name="ExitCode">What a script sees.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
public sealed record CommandResult(int ExitCode, string Output, string Errors);
