using System.Diagnostics.Metrics;
using System.Text.Json.Serialization;

namespace Gateway.Worker.Bus;

/// <summary>
/// Knows whether RabbitMQ is short of memory or disk, in which state it delivers what it has and takes nothing new. Its management API
/// tells; the user needs the tag <c>monitoring</c> for it. In embedded mode there is no broker, and no alarm.
/// </summary>
public sealed class BrokerAlarms : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly HttpClient? _management;
    private readonly TimeProvider _time;
    private readonly ILogger<BrokerAlarms> _logger;
    private volatile Node[]? _nodes;

    /// <summary>Creates the instrument.</summary>
    /// <param name="meters">Where it is created.</param>
    /// <param name="time">Tells when to ask again.</param>
    /// <param name="logger">Hears of each alarm when it begins and when it is over.</param>
    /// <param name="options">Where the broker is; null in embedded mode.</param>
    public BrokerAlarms(IMeterFactory meters, TimeProvider time, ILogger<BrokerAlarms> logger, RabbitMqOptions? options = null)
    {
        (_time, _logger) = (time, logger);
        _management = options is null ? null : ManagementClient.Create(options);
        _nodes = options is null ? [] : null;
        meters.Create("Gateway.Worker").CreateObservableGauge(
            "gateway.broker.alarms",
            () => _nodes is { } nodes
                ? [CountOf("memory", nodes, node => node.Memory), CountOf("disk", nodes, node => node.Disk)]
                : Array.Empty<Measurement<int>>(),
            "{node}",
            "Nodes of RabbitMQ that are short of memory or disk, so that it takes no messages.");
    }

    /// <summary>What it is short of and where, in words; null when nothing is known of an alarm.</summary>
    public string? Now => _nodes?.SelectMany(node => node.Alarms()).ToArray() is { Length: > 0 } alarms ? string.Join(", ", alarms) : null;

    /// <summary>The same as a reason why something waits.</summary>
    public string? Reason => Now is { } alarms ? $"RabbitMQ takes no messages: {alarms}" : null;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _management?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_management is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            var before = Now;
            _nodes = await ReadAsync(_management, stoppingToken);
            switch (before, Now)
            {
                case (null, { } alarms):
                    Log.InAlarm(_logger, alarms);
                    break;
                case (not null, null) when _nodes is not null:
                    Log.AlarmIsOver(_logger);
                    break;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static async Task<Node[]?> ReadAsync(HttpClient management, CancellationToken stoppingToken)
    {
        try
        {
            var nodes = await management.GetFromJsonAsync<Node?[]>("/api/nodes?columns=name,mem_alarm,disk_free_alarm", stoppingToken);
            return nodes?.OfType<Node>().ToArray();
        }
        catch (Exception exception) when (ManagementFailure.IsCauseOf(exception, stoppingToken))
        {
            // Whoever asks for the queues' depths says in the log that it is away.
            return null;
        }
    }

    private static Measurement<int> CountOf(string kind, Node[] nodes, Func<Node, bool> isInAlarm) =>
        new(nodes.Count(isInAlarm), new KeyValuePair<string, object?>("kind", kind));

    private sealed record Node(
        [property: JsonPropertyName("name")] string? Name,
        [property: JsonPropertyName("mem_alarm")] bool Memory,
        [property: JsonPropertyName("disk_free_alarm")] bool Disk)
    {
        public IEnumerable<string> Alarms()
        {
            if (Memory)
            {
                yield return $"memory alarm on {Name}";
            }

            if (Disk)
            {
                yield return $"disk alarm on {Name}";
            }
        }
    }
}
