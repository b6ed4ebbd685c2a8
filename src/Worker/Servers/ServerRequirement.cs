namespace Gateway.Worker.Servers;

/// <summary>The oldest version of a server that the worker can use.</summary>
/// <param name="Server">Its name.</param>
/// <param name="Oldest">That version.</param>
/// <param name="Because">What older ones cannot do.</param>
public sealed record ServerRequirement(string Server, Version Oldest, string Because)
{
    /// <summary>The broker.</summary>
    public static ServerRequirement RabbitMq { get; } = new(
        "RabbitMQ", new Version(3, 10), "quorum queues keep no message's time to live before");

    /// <summary>The database.</summary>
    public static ServerRequirement PostgreSql { get; } = new("PostgreSQL", new Version(15, 0), "older ones are not tried");

    /// <summary>The register of deliveries and the sagas.</summary>
    public static ServerRequirement Redis { get; } = new(
        "Redis", new Version(7, 0), "SET has no NX with GET before, without which no duplicate is recognised");

    /// <summary>What is wrong with a version, in one line; null when nothing is.</summary>
    public string? Complaint(Version found) =>
        found < Oldest ? $"{Server} {found} is too old: {Oldest} or newer is needed ({Because})" : null;

    /// <summary>Reads a version as servers write it, such as <c>4.0.5</c> or <c>3.10.8+rc.1</c>; null when it is none.</summary>
    public static Version? Parse(string? text)
    {
        var numbers = text is null
            ? ""
            : new string([.. text.TakeWhile(letter => char.IsAsciiDigit(letter) || letter == '.')]).TrimEnd('.');
        return Version.TryParse(numbers.Contains('.', StringComparison.Ordinal) ? numbers : numbers + ".0", out var version)
            ? version
            : null;
    }
}
