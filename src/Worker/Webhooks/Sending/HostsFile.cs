using System.Net;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// The names and addresses that are written on this machine (<c>/etc/hosts</c>), which container engines write too. They go before what a
/// name server says.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="time">Spaces the looks at the file.</param>
internal sealed class HostsFile(string path, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Dictionary<string, IPAddress[]> _addresses = [];
    private DateTime _writtenAt;
    private long? _lookedAt;

    /// <summary>Where the system has it.</summary>
    public static string SystemPath => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.SystemDirectory, "drivers", "etc", "hosts")
        : "/etc/hosts";

    /// <summary>The addresses of a name; null when the file does not have it.</summary>
    public IPAddress[]? Find(string name)
    {
        lock (_lock)
        {
            if (_lookedAt is not { } at || time.GetElapsedTime(at) >= LookEvery)
            {
                _lookedAt = time.GetTimestamp();
                Look();
            }

            return _addresses.GetValueOrDefault(name);
        }
    }

    private void Look()
    {
        try
        {
            // The system says of a file that is not there that it was written long ago.
            var writtenAt = File.GetLastWriteTimeUtc(path);
            if (writtenAt != _writtenAt)
            {
                _addresses = File.Exists(path) ? Read(File.ReadLines(path)) : [];
                _writtenAt = writtenAt;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is being replaced, or is not for this user: what was read last holds, and the next look tries again.
            _writtenAt = default;
        }
    }

    private static Dictionary<string, IPAddress[]> Read(IEnumerable<string> lines)
    {
        var addresses = new Dictionary<string, IPAddress[]>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines)
        {
            var words = line.Split('#', 2)[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is [var first, .. var names] && IPAddress.TryParse(first, out var address))
            {
                foreach (var name in names)
                {
                    addresses[name] = [.. addresses.GetValueOrDefault(name, []), address];
                }
            }
        }

        return addresses;
    }
}
