using System.Collections.Concurrent;
using System.Net;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// Connects to the address of a host that answers first (RFC 8305, "Happy Eyeballs"): the families in turn, each address 250 ms after the
/// one before or as soon as that one has failed. What worked is tried first the next time, so that a dead address costs a host one wait.
/// </summary>
internal sealed class AddressRace(TimeProvider time)
{
    // RFC 8305 section 5: the recommended Connection Attempt Delay.
    internal static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    // A stranger's name server can answer with hundreds of addresses.
    private const int MostTried = 8;
    private const int MostRemembered = 10_000;

    // Only where it was not the first: of most hosts nothing is to be remembered.
    private readonly ConcurrentDictionary<string, IPAddress> _winners = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Connects to one of a host's addresses.</summary>
    /// <param name="host">The host; nothing but its port and its name is looked at.</param>
    /// <param name="addresses">Where it is: at least one address, each of which may be connected to.</param>
    /// <param name="connect">Makes a connection. Of several that are made one is returned and the others are disposed of.</param>
    /// <param name="cancellationToken">Ends every attempt.</param>
    /// <exception cref="Exception">What the last attempt threw: all have failed.</exception>
    public async Task<Stream> ConnectAsync(
        DnsEndPoint host,
        IPAddress[] addresses,
        Func<IPEndPoint, CancellationToken, Task<Stream>> connect,
        CancellationToken cancellationToken)
    {
        if (addresses.Length == 1)
        {
            return await connect(new IPEndPoint(addresses[0], host.Port), cancellationToken);
        }

        var order = Interleave(addresses);
        var first = order[0];
        if (_winners.TryGetValue(host.Host, out var known) && order.Remove(known))
        {
            order.Insert(0, known);
        }

        var (stream, winner) = await RunAsync(order[..Math.Min(order.Count, MostTried)], host.Port, connect, cancellationToken);
        Remember(host.Host, winner, isUsual: winner.Equals(first));
        return stream;
    }

    private static async Task<(Stream Stream, IPAddress Winner)> ResultOf(Task<Stream> attempt, IPAddress address) =>
        (await attempt, address);

    private async Task<(Stream Stream, IPAddress Winner)> RunAsync(
        List<IPAddress> addresses, int port, Func<IPEndPoint, CancellationToken, Task<Stream>> connect, CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<(Stream Stream, IPAddress Winner)>>(addresses.Count);
        try
        {
            for (var next = 0; ;)
            {
                // The last has no successor to wait for.
                var step = Task.Delay(next + 1 < addresses.Count ? Step : Timeout.InfiniteTimeSpan, time, race.Token);
                if (next < addresses.Count)
                {
                    running.Add(ResultOf(connect(new IPEndPoint(addresses[next], port), race.Token), addresses[next]));
                    next++;
                }

                var ended = await Task.WhenAny([.. running, step]);
                cancellationToken.ThrowIfCancellationRequested();
                if (ended == step)
                {
                    continue;
                }

                var attempt = (Task<(Stream Stream, IPAddress Winner)>)ended;
                running.Remove(attempt);
                if (attempt.IsCompletedSuccessfully || (running.Count == 0 && next == addresses.Count))
                {
                    return await attempt;
                }
            }
        }
        finally
        {
            await race.CancelAsync();
            // Nobody waits for it: who lost ends soon, and the webhook is to go out now.
            _ = DiscardAsync(running);
        }
    }

    // Those that lost, one of which may have connected in the same moment.
    private static async Task DiscardAsync(List<Task<(Stream Stream, IPAddress Winner)>> losers)
    {
        await Task.WhenAll((IEnumerable<Task>)losers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var loser in losers.Where(loser => loser.IsCompletedSuccessfully))
        {
            await (await loser).Stream.DisposeAsync();
        }
    }

    /// <summary>The families in turn, beginning with that of the first address (RFC 8305 section 4).</summary>
    private static List<IPAddress> Interleave(IPAddress[] addresses)
    {
        var ofFirst = new Queue<IPAddress>(addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily));
        var ofOther = new Queue<IPAddress>(addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily));
        var order = new List<IPAddress>(addresses.Length);
        while (order.Count < addresses.Length)
        {
            if (ofFirst.TryDequeue(out var address))
            {
                order.Add(address);
            }

            if (ofOther.TryDequeue(out address))
            {
                order.Add(address);
            }
        }

        return order;
    }

    private void Remember(string host, IPAddress winner, bool isUsual)
    {
        if (isUsual)
        {
            _winners.TryRemove(host, out _);
            return;
        }

        if (_winners.Count >= MostRemembered)
        {
            _winners.Clear();
        }

        _winners[host] = winner;
    }
}
