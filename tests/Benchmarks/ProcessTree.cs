using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>The CPU time and the memory of a process with all its children, from <c>/proc</c> (proc(5)).</summary>
internal static class ProcessTree
{
    // The kernel's USER_HZ, the same on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time, in seconds, of the process and of its children, those that have ended included.</summary>
    public static double ReadCpuSeconds(int pid) => ReadTree(pid).Sum(process => process.Ticks) / TicksPerSecond;

    /// <summary>
    /// The memory that the process and its children hold now, in MB. What several processes share counts once: it is the sum of their
    /// proportional sets (<c>Pss</c>), because PostgreSQL's processes all have the shared buffers in their resident sets.
    /// </summary>
    public static double ReadTreeMegabytes(int pid) => ReadTree(pid).Sum(process => ReadProportionalMegabytes(process.Pid));

    /// <summary>The largest resident set that the process has had, in MB.</summary>
    public static double ReadPeakMegabytes(int pid) => ReadMegabytes(pid, "VmHWM");

    /// <summary>A field of <c>/proc/PID/status</c>, in MB: <c>VmRSS</c> is the resident set; of it <c>RssAnon</c> and <c>RssShmem</c> are no mapped files.</summary>
    public static double ReadMegabytes(int pid, string field) => Megabytes(File.ReadLines($"/proc/{pid}/status"), field);

    private static double Megabytes(IEnumerable<string> lines, string field)
    {
        var line = lines.First(l => l.StartsWith($"{field}:", StringComparison.Ordinal));
        return double.Parse(line[(field.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }

    private static double ReadProportionalMegabytes(int pid)
    {
        try
        {
            return Megabytes(File.ReadLines($"/proc/{pid}/smaps_rollup"), "Pss");
        }
        catch (IOException)
        {
            // It ended after it was listed, and holds nothing any more.
            return 0;
        }
    }

    private static List<Stat> ReadTree(int pid)
    {
        var all = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Read(id) : null)
            .OfType<Stat>()
            .ToArray();
        List<Stat> tree = [all.FirstOrDefault(p => p.Pid == pid) ?? throw new InvalidOperationException($"Process {pid} has ended.")];
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(all.Where(p => p.Parent == tree[i].Pid));
        }

        return tree;
    }

    private static Stat? Read(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            // It ended after it was listed; its time is now its parent's.
            return null;
        }

        // The name stands in brackets and may hold anything; after it come state, parent and, from field 14, the times.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new Stat(pid, Number(1), Number(11) + Number(12) + Number(13) + Number(14));

        int Number(int index) => int.Parse(fields[index], CultureInfo.InvariantCulture);
    }

    private sealed record Stat(int Pid, int Parent, int Ticks);
}
