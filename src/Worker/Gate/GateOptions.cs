using Gateway.Worker.Configuration;

namespace Gateway.Worker.Gate;

/// <summary>How the queues share this process.</summary>
public sealed record GateOptions
{
    /// <summary>The heaviest weight.</summary>
    public const int MaxWeight = 1000;

    /// <summary>How many jobs run at once in this process, from 1 (<c>WORKER_CONCURRENCY</c>).</summary>
    public int Slots { get; init; } = 64;

    /// <summary>The queues with their weights (<c>QUEUE_WEIGHTS</c>).</summary>
    public required IReadOnlyList<GateFlow> Flows { get; init; }

    /// <summary>
    /// True starts a message of a lighter queue only when no heavier one has any, or when it has waited for <see cref="LongestWait"/>
    /// (<c>QUEUE_ORDER=strict</c>).
    /// </summary>
    public bool IsStrict { get; init; }

    /// <summary>
    /// How much longer a message must have waited to start before one of the next higher rank (<c>QUEUE_AGING</c>). So a message of the
    /// lowest rank is overtaken by none that came twice this time after it.
    /// </summary>
    public TimeSpan Aging { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a message waits at the most while slots come free, from 1 s to 1 day (<c>QUEUE_LONGEST_WAIT</c>). RabbitMQ closes the
    /// channel of a consumer that keeps a message for longer than its <c>consumer_timeout</c>, which is 30 minutes unless somebody has set
    /// it.
    /// </summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    /// <param name="settings">The environment.</param>
    /// <param name="flows">The queues, with the weights that they have unless the environment says otherwise.</param>
    public static GateOptions Read(Settings settings, IReadOnlyList<GateFlow> flows)
    {
        var given = settings.List<GateFlow>(
            "QUEUE_WEIGHTS",
            "",
            Parse,
            $"queue:weight with a weight from 1 to {MaxWeight} and one of the queues {string.Join(", ", flows.Select(f => f.Name))}");
        if (given.Select(flow => flow.Name).Distinct().Count() < given.Count)
        {
            settings.Reject("QUEUE_WEIGHTS", settings.Text("QUEUE_WEIGHTS", ""), "a list that names each queue once");
        }

        var defaults = new GateOptions { Flows = flows };
        return new GateOptions
        {
            Slots = settings.Number("WORKER_CONCURRENCY", defaults.Slots, 1, 10_000),
            Flows = [.. flows.Select(flow => given.FirstOrDefault(g => g.Name == flow.Name, flow))],
            IsStrict = settings.Choice("QUEUE_ORDER", "weighted", "weighted", "strict") == "strict",
            Aging = settings.Duration("QUEUE_AGING", defaults.Aging, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
            LongestWait = settings.Duration("QUEUE_LONGEST_WAIT", defaults.LongestWait, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
        };

        GateFlow? Parse(string text) =>
            text.Split(':') is [var name, var weightText] && flows.Any(flow => flow.Name == name)
            && int.TryParse(weightText, out var weight) && weight is >= 1 and <= MaxWeight
                ? new GateFlow(name, weight)
                : null;
    }
}
