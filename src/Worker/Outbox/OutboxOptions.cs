namespace Gateway.Worker.Outbox;

/// <summary>How the outbox is emptied. docs/decisions/outbox.md has the figures behind these.</summary>
public sealed record OutboxOptions
{
    /// <summary>The most messages that one worker takes at once, from 1.</summary>
    public int BatchSize { get; init; } = 1_000;

    /// <summary>How many keys are published at once.</summary>
    public int Concurrency { get; init; } = 200;

    /// <summary>How often the dispatcher looks without having been told.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a batch may wait for the broker.</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the broker may confirm nothing, before it is looked for a message that it does not take.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a taken message belongs to the worker that took it: longer than a batch may wait, or another worker publishes it as well.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The wait for another worker that publishes earlier messages of the same keys.</summary>
    public TimeSpan TurnDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The wait after a failure.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);
}
