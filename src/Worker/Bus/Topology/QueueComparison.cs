using System.Globalization;

namespace Gateway.Worker.Bus.Topology;

/// <summary>Compares a queue that exists with what the worker needs.</summary>
internal static class QueueComparison
{
    private const string DeliveryLimitPolicy = "delivery-limit";
    private const string None = "none";
    private const string Replace = "Stop all workers, and 'Gateway.Worker topology migrate' replaces it with all its messages";
    private const string Delete = "Delete it when it is empty: the worker declares it anew";

    // Each of them takes messages away, or the whole queue.
    private static readonly string[] Losing = ["message-ttl", "max-length", "max-length-bytes", "expires"];

    /// <summary>What was declared otherwise.</summary>
    /// <param name="needed">The arguments that the queue is to have.</param>
    /// <param name="existing">The queue.</param>
    public static IEnumerable<TopologyFinding> CompareArguments(IReadOnlyDictionary<string, object> needed, ExistingQueue existing)
    {
        var found = existing.ArgumentTexts;
        var anew = IsDelay(needed, existing.Name) ? Delete : Replace;
        var (neededType, foundType) = (QueueArguments.TextOf(needed[QueueArguments.Type]), TypeOf(found));
        if (neededType != foundType)
        {
            // Nothing else can be compared.
            var remedy = anew == Replace && foundType is ("classic" or "quorum")
                ? $"Set RABBITMQ_QUEUE_TYPE={foundType} to go on with queues of that type. Else: {anew}"
                : anew;
            yield return new TopologyFinding(existing.Name, QueueArguments.Type, foundType, neededType, remedy);
            yield break;
        }

        foreach (var argument in needed.Keys.Union(found.Keys).Where(name => name != QueueArguments.Type))
        {
            var there = found.GetValueOrDefault(argument, None);
            var wanted = needed.TryGetValue(argument, out var value) ? QueueArguments.TextOf(value) : None;
            if (there != wanted)
            {
                yield return new TopologyFinding(existing.Name, argument, Shown(there), Shown(wanted), anew);
            }
        }

        if (existing.IsDurable == false)
        {
            yield return new TopologyFinding(existing.Name, "durable", "false", "true", anew);
        }

        if (existing.IsAutoDelete == true)
        {
            yield return new TopologyFinding(existing.Name, "auto_delete", "true", "false", anew);
        }
    }

    /// <summary>What policies take away, in the same way.</summary>
    public static IEnumerable<TopologyFinding> ComparePolicies(IReadOnlyDictionary<string, object> needed, ExistingQueue existing)
    {
        var set = existing.PolicyTexts;
        var remedy = $"Take it out of {PoliciesOf(existing)}, or let that not apply to this queue";
        foreach (var name in Losing.Where(set.ContainsKey))
        {
            yield return new TopologyFinding(existing.Name, name, $"{set[name]} by {PoliciesOf(existing)}", None, remedy);
        }

        // The lower one of policy and argument holds; a negative one is none.
        if (TypeOf(existing.ArgumentTexts) == "quorum"
            && set.TryGetValue(DeliveryLimitPolicy, out var text)
            && int.TryParse(text, CultureInfo.InvariantCulture, out var limit) && limit >= 0
            && needed.TryGetValue(QueueArguments.DeliveryLimit, out var own) && limit < (int)own)
        {
            yield return new TopologyFinding(
                existing.Name, DeliveryLimitPolicy, $"{text} by {PoliciesOf(existing)}", QueueArguments.TextOf(own), remedy);
        }
    }

    private static string TypeOf(IReadOnlyDictionary<string, string> arguments) =>
        arguments.GetValueOrDefault(QueueArguments.Type, "classic");

    // Such queues are quorum queues whatever the setting says.
    private static bool IsDelay(IReadOnlyDictionary<string, object> needed, string queue) =>
        needed.TryGetValue(RabbitMQ.Client.Headers.XDeadLetterRoutingKey, out var destination)
        && queue.StartsWith($"{destination}.delay.", StringComparison.Ordinal);

    private static string PoliciesOf(ExistingQueue queue) => string.Join(
        " and ",
        new[] { NamedOrNull("policy", queue.Policy), NamedOrNull("operator policy", queue.OperatorPolicy) }.OfType<string>());

    private static string? NamedOrNull(string kind, string? name) => string.IsNullOrEmpty(name) ? null : $"{kind} '{name}'";

    private static string Shown(string value) => value.Length == 0 ? "''" : value;
}
