namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The API did not do what was asked.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="message">What it said.</param>
internal sealed class ApiException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
