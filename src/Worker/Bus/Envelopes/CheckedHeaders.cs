using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using MassTransit;
using MassTransit.Logging;

namespace Gateway.Worker.Bus.Envelopes;

/// <summary>
/// Those of a message's headers that can be read and sent on. The bus copies them to all that is sent because of the message, and writes
/// them as JSON, which knows no infinite number, no table deeper than 64 levels and no header without a name; one of these would let the
/// retry fail that was about to be sent. What the bus reads itself must be what it expects, because it throws when it is not.
/// </summary>
internal sealed class CheckedHeaders(Headers headers) : Headers
{
    /// <summary>More redeliveries than any schedule of retries has. A higher number was not written by the bus.</summary>
    private const int MaxRedeliveries = 1000;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, object>> GetAll() => headers.GetAll().Where(header => IsUsable(header.Key, header.Value));

    /// <inheritdoc/>
    public bool TryGetHeader(string key, [NotNullWhen(true)] out object? value)
    {
        if (headers.TryGetHeader(key, out value) && IsUsable(key, value))
        {
            return true;
        }

        value = null;
        return false;
    }

    /// <inheritdoc/>
    public T? Get<T>(string key, T? defaultValue = default)
        where T : class
    {
        try
        {
            return TryGetHeader(key, out _) ? headers.Get(key, defaultValue) : defaultValue;
        }
        catch (Exception exception) when (IsNoSuchValue(exception))
        {
            return defaultValue;
        }
    }

    /// <inheritdoc/>
    public T? Get<T>(string key, T? defaultValue = null)
        where T : struct
    {
        try
        {
            return TryGetHeader(key, out _) ? headers.Get(key, defaultValue) : defaultValue;
        }
        catch (Exception exception) when (IsNoSuchValue(exception))
        {
            return defaultValue;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<HeaderValue> GetEnumerator() => GetAll().Select(header => new HeaderValue(header.Key, header.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool IsUsable(string name, object? value) => name switch
    {
        _ when string.IsNullOrWhiteSpace(name) => false,
        MessageHeaders.RedeliveryCount =>
            int.TryParse(Text(value), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MaxRedeliveries,
        MessageHeaders.OriginalMessageId => Guid.TryParse(Text(value), out _),
        // Baggage, a table that nobody here reads.
        DiagnosticHeaders.ActivityCorrelationContext => false,
        _ => IsPlain(value),
    };

    private static bool IsPlain(object? value) => value switch
    {
        string or bool or sbyte or byte or short or ushort or int or uint or long => true,
        float number => float.IsFinite(number),
        double number => double.IsFinite(number),
        _ => false,
    };

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);

    private static bool IsNoSuchValue(Exception exception) =>
        exception is JsonException or FormatException or InvalidOperationException or NotSupportedException;
}
