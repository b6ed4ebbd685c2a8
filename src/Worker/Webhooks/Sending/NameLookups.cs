using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using Gateway.Worker.Webhooks.Memory;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// Looks up the addresses of merchants' hosts: in the hosts file, else at the name servers of the system. A look-up holds no thread and
/// ends after <see cref="Patience"/>; many who want the same name share one. An answer is kept for as long as it says, a minute at most,
/// and a failure for five seconds, so that a merchant whose name servers are silent costs one wait and not one for each of its attempts.
/// </summary>
public sealed class NameLookups
{
    /// <summary>How long a look-up may take, whatever name servers do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const int MostTries = 3;

    // RFC 8305 section 3 has 50 ms for people who look at a page. Here a family that is left out may be the only one that works.
    private static readonly TimeSpan PatienceWithOtherFamily = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PatienceWithServer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FailureKeptFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestKept = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestKept = TimeSpan.FromMinutes(1);
    private static readonly IPAddress[] Localhost = [IPAddress.IPv6Loopback, IPAddress.Loopback];

    private readonly LookupClient _client;
    private readonly HostsFile _hosts;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Sweeper _sweeper = new();

    /// <summary>Reads the system's name servers, and again whenever it has been a minute.</summary>
    /// <param name="servers">Asked instead of the system's, in this order; empty for those.</param>
    /// <param name="time">The clock of the caches.</param>
    public NameLookups(IReadOnlyList<IPEndPoint> servers, TimeProvider time)
        : this(servers, new HostsFile(HostsFile.SystemPath, time), time)
    {
    }

    internal NameLookups(IReadOnlyList<IPEndPoint> servers, HostsFile hosts, TimeProvider time)
    {
        (_hosts, _time) = (hosts, time);
        var options = servers.Count > 0 ? new LookupClientOptions(servers.ToArray()) : new LookupClientOptions();
        // What is kept and for how long is decided here, for whole names.
        options.UseCache = false;
        options.UseRandomNameServer = false;
        options.Timeout = PatienceWithServer;
        options.Retries = 0;
        options.ContinueOnEmptyResponse = false;
        // Longer answers would come in fragments, which some firewalls drop; they are asked for by TCP instead.
        options.ExtendedDnsBufferSize = 1232;
        _client = new LookupClient(options);
    }

    /// <inheritdoc cref="NameResolver"/>
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        var name = host.EndsWith('.') ? host[..^1] : host;
        if (_hosts.Find(name) is { } written)
        {
            return Task.FromResult(written);
        }

        // RFC 6761 section 6.3: no name server is asked for it.
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return Task.FromResult(Localhost);
        }

        if (!_entries.TryGetValue(name, out var entry) || entry.IsOver)
        {
            entry = Renew(name);
        }

        return entry.Addresses.WaitAsync(cancellationToken);
    }

    private Entry Renew(string name)
    {
        _sweeper.Added(_entries, static entry => entry.IsOver);
        var mine = new Entry(name, this);
        return _entries.AddOrUpdate(name, mine, (_, before) => before.IsOver ? mine : before);
    }

    private async Task<Answer> LookUpAsync(string name)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        var ipv6 = AskAsync(name, QueryType.AAAA, patience.Token);
        var ipv4 = AskAsync(name, QueryType.A, patience.Token);
        var first = await Task.WhenAny(ipv6, ipv4);
        var other = first == ipv6 ? ipv4 : ipv6;
        var answer = await first;
        if (answer.Addresses.Length == 0)
        {
            // A name that is known and has no address of one family is as good as unknown only when the other family has none either.
            return await other is { Addresses.Length: > 0 } only ? only : answer.Error == SocketError.NoData ? await other : answer;
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
        await Task.WhenAny(other, Task.Delay(PatienceWithOtherFamily, _time, enough.Token));
        await enough.CancelAsync();
        if (!other.IsCompleted || await other is not { Addresses.Length: > 0 })
        {
            return answer;
        }

        var (six, four) = (await ipv6, await ipv4);
        var keptFor = six.KeptFor < four.KeptFor ? six.KeptFor : four.KeptFor;
        return new Answer([.. six.Addresses, .. four.Addresses], keptFor, SocketError.Success);
    }

    // Never throws: one family's failure must not hide the other's addresses.
    private async Task<Answer> AskAsync(string name, QueryType type, CancellationToken patience)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return Read(await _client.QueryAsync(name, type, cancellationToken: patience));
            }
            catch (DnsResponseException exception)
                when (exception.Code == DnsResponseCode.ConnectionTimeout && tries < MostTries && !patience.IsCancellationRequested)
            {
                // No server answered in its second. A datagram may have been lost, so they are asked again.
            }
            catch (Exception exception) when (exception is DnsResponseException or OperationCanceledException)
            {
                return Answer.Failed(patience.IsCancellationRequested ? SocketError.TimedOut : SocketError.TryAgain);
            }
            catch (ArgumentException)
            {
                // The system has no name server, or the name is longer than can be asked for.
                return Answer.Failed(SocketError.NoRecovery);
            }
        }
    }

    private static Answer Read(IDnsQueryResponse response)
    {
        if (response.HasError)
        {
            var isUnknown = response.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain;
            return Answer.Failed(isUnknown ? SocketError.HostNotFound : SocketError.TryAgain);
        }

        // With them come the aliases (CNAME) that lead to them.
        var records = response.Answers.OfType<AddressRecord>().ToArray();
        if (records.Length == 0)
        {
            return Answer.Failed(SocketError.NoData);
        }

        var timeToLive = TimeSpan.FromSeconds(response.Answers.Min(record => record.InitialTimeToLive));
        var keptFor = timeToLive < ShortestKept ? ShortestKept : timeToLive > LongestKept ? LongestKept : timeToLive;
        return new Answer([.. records.Select(record => record.Address)], keptFor, SocketError.Success);
    }

    private readonly record struct Answer(IPAddress[] Addresses, TimeSpan KeptFor, SocketError Error)
    {
        public static Answer Failed(SocketError error) => new([], FailureKeptFor, error);
    }

    private sealed class Entry
    {
        private readonly TimeProvider _time;
        private readonly Lazy<Task<IPAddress[]>> _addresses;
        private TimeSpan _keptFor;
        private long _endedAt;

        public Entry(string name, NameLookups lookups)
        {
            _time = lookups._time;
            _addresses = new(() => AddressesAsync(name, lookups));
        }

        public Task<IPAddress[]> Addresses => _addresses.Value;

        /// <summary>Whether its time is over. One that is under way is not: everybody waits for the same look-up.</summary>
        public bool IsOver => _addresses is { IsValueCreated: true, Value.IsCompleted: true } && _time.GetElapsedTime(_endedAt) >= _keptFor;

        private async Task<IPAddress[]> AddressesAsync(string name, NameLookups lookups)
        {
            var answer = await lookups.LookUpAsync(name);
            (_keptFor, _endedAt) = (answer.KeptFor, _time.GetTimestamp());
            return answer.Error == SocketError.Success ? answer.Addresses : throw new SocketException((int)answer.Error);
        }
    }
}
