namespace Gateway.Persistence.JobLog;

/// <summary>How rows are gathered into commits. docs/decisions/job-log.md has the figures behind the defaults.</summary>
public sealed record JobLogOptions
{
    /// <summary>The most rows of one commit, from 1.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>A commit that has so many bytes of messages and payloads takes no more records.</summary>
    public int BatchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a commit waits for more rows after its first; zero means only as long as the commit before it runs.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The first wait after a failure; each further one is twice as long.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan LastRetryDelay { get; init; } = TimeSpan.FromSeconds(2);
}
