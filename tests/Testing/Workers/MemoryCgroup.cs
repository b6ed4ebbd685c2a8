using System.Globalization;

namespace Gateway.Testing.Workers;

/// <summary>A control group of the kernel, version 1, whose processes have so much memory together, as those of a container.</summary>
public sealed class MemoryCgroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup/memory";

    private readonly string _folder = Path.Combine(Root, $"gateway-tests-{Guid.CreateVersion7():N}");

    private MemoryCgroup(long bytes)
    {
        Directory.CreateDirectory(_folder);
        File.WriteAllText(PathOf("memory.limit_in_bytes"), bytes.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The file that takes the ids of its processes.</summary>
    public string Processes => PathOf("cgroup.procs");

    /// <summary>The most that its processes had, in bytes, what the kernel keeps of files for them included.</summary>
    public long MostUsed => long.Parse(File.ReadAllText(PathOf("memory.max_usage_in_bytes")), CultureInfo.InvariantCulture);

    /// <summary>How many processes the kernel has ended for want of memory.</summary>
    public int Killed => int.Parse(
        File.ReadLines(PathOf("memory.oom_control")).First(line => line.StartsWith("oom_kill ", StringComparison.Ordinal))["oom_kill ".Length..],
        CultureInfo.InvariantCulture);

    /// <summary>Creates one; null where the kernel has none, or somebody else must do that.</summary>
    public static MemoryCgroup? TryCreate(long bytes)
    {
        try
        {
            return File.Exists(Path.Combine(Root, "memory.limit_in_bytes")) ? new MemoryCgroup(bytes) : null;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder);

    private string PathOf(string file) => Path.Combine(_folder, file);
}
