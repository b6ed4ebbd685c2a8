namespace Gateway.Worker.Configuration;

/// <summary>The configuration cannot be used; the message has one line for each wrong variable.</summary>
public sealed class InvalidSettingsException(IReadOnlyList<string> errors)
    : Exception("The configuration has errors:" + string.Concat(errors.Select(e => Environment.NewLine + "  " + e)))
{
    /// <summary>One sentence for each wrong variable.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
