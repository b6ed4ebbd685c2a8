namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>One signed request, ready to be sent: the bytes of <see cref="Body"/> are exactly the bytes that were signed.</summary>
public sealed record WebhookRequest
{
    /// <summary>The URL that it is posted to.</summary>
    public required Uri Url { get; init; }

    /// <summary>The body, UTF-8 JSON.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The headers beside <c>Content-Type</c>: id, timestamp, signature and, where configured, the older ones.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }
}
