using System.Globalization;

namespace Gateway.Testing.Merchants;

/// <summary>A webhook as it arrived at a merchant.</summary>
/// <param name="Headers">The request's headers; their names in any case.</param>
/// <param name="Body">The body, as many bytes as came.</param>
public sealed record CapturedWebhook(IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The path to which it was posted.</summary>
    public string Path { get; init; } = "";

    /// <summary>When its last byte had come.</summary>
    public DateTimeOffset ArrivedAt { get; init; }

    /// <summary>The id of the delivery, from its header.</summary>
    public Guid Id => Guid.ParseExact(Headers["webhook-id"], "D");

    /// <summary>Unix seconds.</summary>
    public long Timestamp => long.Parse(Headers["webhook-timestamp"], CultureInfo.InvariantCulture);

    /// <summary>Each with its version, such as <c>v1,…</c>.</summary>
    public IReadOnlyList<string> Signatures => Headers["webhook-signature"].Split(' ');
}
