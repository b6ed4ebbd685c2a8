using System.Globalization;
using System.Net;

namespace Gateway.Worker.Configuration;

/// <summary>
/// Reads typed values from environment variables and collects every complaint, so that a wrong configuration
/// is reported once and whole. A message names the variable and what is accepted, and never repeats a secret's value.
/// </summary>
public sealed class Settings
{
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromDays(30);

    private readonly IConfiguration _configuration;
    private readonly IReadOnlyDictionary<string, string> _secrets;
    private readonly List<string> _errors = [];

    /// <summary>Reads the secrets that are in files at once; a file that cannot be read is one of the complaints.</summary>
    public Settings(IConfiguration configuration)
    {
        _configuration = configuration;
        _secrets = SecretFiles.Read(configuration, RejectSecret);
    }

    /// <summary>True when the variable has a value that is not blank.</summary>
    public bool IsSet(string key) => Raw(key) is not null;

    /// <summary>The text of the variable, or the default when it is unset or blank.</summary>
    public string Text(string key, string defaultValue) => Raw(key) ?? defaultValue;

    /// <summary>The text of the variable, or null when it is unset or blank.</summary>
    public string? OptionalText(string key) => Raw(key);

    /// <summary>An integer within <paramref name="minimum"/> and <paramref name="maximum"/>, both included.</summary>
    public int Number(string key, int defaultValue, int minimum, int maximum)
    {
        if (Raw(key) is not { } text)
        {
            return defaultValue;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= minimum && value <= maximum)
        {
            return value;
        }

        Reject(key, text, $"a whole number from {minimum} to {maximum}");
        return defaultValue;
    }

    /// <summary><c>true</c> or <c>false</c>, in any case; also <c>on</c> and <c>off</c>, <c>1</c> and <c>0</c>.</summary>
    public bool Flag(string key, bool defaultValue)
    {
        switch (Raw(key)?.ToLowerInvariant())
        {
            case null:
                return defaultValue;
            case "true" or "on" or "1":
                return true;
            case "false" or "off" or "0":
                return false;
            default:
                Reject(key, Raw(key)!, "true or false");
                return defaultValue;
        }
    }

    /// <summary>One of the accepted words, in any case.</summary>
    public string Choice(string key, string defaultValue, params ReadOnlySpan<string> accepted)
    {
        if (Raw(key) is not { } text)
        {
            return defaultValue;
        }

        foreach (var word in accepted)
        {
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return word;
            }
        }

        Reject(key, text, string.Join(", ", accepted));
        return defaultValue;
    }

    /// <summary>A comma-separated list whose every item <paramref name="parse"/> understands; null from it rejects the item.</summary>
    public IReadOnlyList<T> List<T>(string key, string defaultValue, Func<string, T?> parse, string accepted, bool isSecret = false)
        where T : struct
    {
        var items = new List<T>();
        foreach (var item in Text(key, defaultValue).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (parse(item) is { } value)
            {
                items.Add(value);
            }
            else if (isSecret)
            {
                RejectSecret(key, $"entry {items.Count + 1} is not {accepted}");
            }
            else
            {
                Reject(key, item, accepted);
            }
        }

        return items;
    }

    /// <summary>
    /// A server or several that belong together, comma-separated. An empty entry and one that is there twice are rejected.
    /// </summary>
    /// <param name="key">The variable.</param>
    /// <param name="defaultValue">The list when it is unset.</param>
    /// <param name="defaultPort">The port of a server that names none.</param>
    /// <returns>Each with its port; at least one.</returns>
    public IReadOnlyList<ServerAddress> Servers(string key, string defaultValue, int defaultPort)
    {
        var text = Text(key, defaultValue);
        var servers = new List<ServerAddress>();
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (entry.Length == 0)
            {
                RejectSecret(key, $"'{text}' has an empty entry");
            }
            else if (entry.Contains('@', StringComparison.Ordinal))
            {
                // What stands before it may be a password.
                RejectSecret(key, $"entry {servers.Count + 1} names a user: hosts alone are accepted");
            }
            else if (ServerAddress.Parse(entry) is not { } server)
            {
                Reject(key, entry, $"a host, or a host and its port such as server-1:{defaultPort.ToString(CultureInfo.InvariantCulture)}");
            }
            else if (servers.Contains(server with { Port = server.Port ?? defaultPort }))
            {
                RejectSecret(key, $"'{entry}' is there twice");
            }
            else
            {
                servers.Add(server with { Port = server.Port ?? defaultPort });
            }
        }

        return servers.Count > 0 ? servers : [new ServerAddress("localhost", defaultPort)];
    }

    /// <summary>
    /// A number of bytes such as <c>1000</c>, <c>256KiB</c> or <c>1MiB</c>, within <paramref name="minimum"/> and
    /// <paramref name="maximum"/>.
    /// </summary>
    public int Size(string key, int defaultValue, int minimum, int maximum)
    {
        if (Raw(key) is not { } text)
        {
            return defaultValue;
        }

        if (ParseSize(text) is { } value && value >= minimum && value <= maximum)
        {
            return (int)value;
        }

        Reject(key, text, FormattableString.Invariant($"a size such as 256KiB or 1MiB, from {minimum} to {maximum} bytes"));
        return defaultValue;
    }

    /// <summary>A duration within <paramref name="minimum"/> and <paramref name="maximum"/>, both included.</summary>
    public TimeSpan Duration(string key, TimeSpan defaultValue, TimeSpan minimum, TimeSpan maximum)
    {
        if (Raw(key) is not { } text)
        {
            return defaultValue;
        }

        if (ParseDuration(text) is { } value && value >= minimum && value <= maximum)
        {
            return value;
        }

        Reject(key, text, $"a duration such as 500ms, 10s, 1m or 6h, from {minimum.TotalSeconds:0.###}s to {maximum.TotalSeconds:0.###}s");
        return defaultValue;
    }

    /// <summary>
    /// The waits before the 2nd, 3rd … attempt: durations of whole milliseconds, from 1 ms to 30 days, each longer than the one before.
    /// </summary>
    /// <param name="key">The variable.</param>
    /// <param name="defaultValue">The list when it is unset.</param>
    public IReadOnlyList<TimeSpan> RetryDelays(string key, string defaultValue)
    {
        var delays = List(key, defaultValue, ParseDuration, "a duration such as 500ms, 10s, 1m or 6h");
        if (delays.Count == 0
            || delays.Any(delay => delay < TimeSpan.FromMilliseconds(1) || delay > LongestRetryDelay)
            // RabbitMQ keeps a message for whole milliseconds.
            || delays.Any(delay => delay.Ticks % TimeSpan.TicksPerMillisecond != 0)
            || delays.Zip(delays.Skip(1)).Any(pair => pair.Second <= pair.First))
        {
            Reject(key, Text(key, ""), "a list of durations of whole milliseconds from 1ms to 30d, each longer than the one before");
        }

        return delays;
    }

    /// <summary>A duration such as <c>500ms</c>, <c>10s</c>, <c>1m</c>, <c>6h</c> or <c>30d</c>.</summary>
    public static TimeSpan? ParseDuration(string text)
    {
        (string Unit, double Milliseconds)[] units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
        foreach (var (unit, milliseconds) in units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(
                    text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
                && count * milliseconds <= TimeSpan.FromDays(365).TotalMilliseconds)
            {
                return TimeSpan.FromMilliseconds(count * milliseconds);
            }
        }

        return null;
    }

    /// <summary>A network in CIDR notation, such as <c>127.0.0.0/8</c> or <c>fd00::/8</c>.</summary>
    public static IPNetwork? ParseNetwork(string text) => IPNetwork.TryParse(text, out var network) ? network : null;

    /// <summary>Adds a complaint about a value that may be shown.</summary>
    public void Reject(string key, string value, string accepted) => _errors.Add($"{key}: '{value}' is not {accepted}");

    /// <summary>Adds a complaint that does not show the value.</summary>
    public void RejectSecret(string key, string complaint) => _errors.Add($"{key}: {complaint}");

    /// <summary>Complains of variables that are set though nothing would read them.</summary>
    /// <param name="without">What would make them be read, as in <c>REDIS_TLS=on</c>.</param>
    /// <param name="keys">The variables.</param>
    public void RejectUnused(string without, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (IsSet(key))
            {
                RejectSecret(key, $"is of no use without {without}");
            }
        }
    }

    /// <summary>Refuses what was read when anything was wrong with it.</summary>
    /// <exception cref="InvalidSettingsException">One or more variables were wrong; the message has a line for each.</exception>
    public void ThrowIfInvalid()
    {
        if (_errors.Count > 0)
        {
            throw new InvalidSettingsException(_errors);
        }
    }

    private static long? ParseSize(string text)
    {
        (string Unit, long Bytes)[] units = [("KiB", 1024), ("MiB", 1024 * 1024), ("", 1)];
        var (unit, bytes) = units.First(candidate => text.EndsWith(candidate.Unit, StringComparison.Ordinal));
        return int.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number * bytes
            : null;
    }

    private string? Raw(string key)
    {
        var text = _secrets.GetValueOrDefault(key) ?? _configuration[key];
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
