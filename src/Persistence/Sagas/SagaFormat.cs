using System.Text.Encodings.Web;
using System.Text.Json;
using MassTransit;

namespace Gateway.Persistence.Sagas;

/// <summary>How an instance is stored: its revision, and JSON with snake_case names. Unknown fields are skipped.</summary>
internal static class SagaFormat
{
    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // The text never becomes part of an HTML page, and a merchant's own language stays readable and short.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static StoredSaga<TSaga> New<TSaga>(Guid id)
        where TSaga : class, ISaga, ISagaVersion, new() =>
        new(new TSaga { CorrelationId = id }, Revision.First(), basis: null);

    /// <summary>Starts an instance anew in the place of a value that cannot be read.</summary>
    public static StoredSaga<TSaga> InPlaceOf<TSaga>(byte[] unreadable, Guid id)
        where TSaga : class, ISaga, ISagaVersion, new() =>
        new(new TSaga { CorrelationId = id }, Revision.First(), unreadable);

    /// <summary>Reads a stored value; null, with the reason, when it cannot be read.</summary>
    public static StoredSaga<TSaga>? Read<TSaga>(ReadOnlySpan<byte> value, Guid id, out string complaint)
        where TSaga : class, ISaga, ISagaVersion, new()
    {
        complaint = "it has no revision";
        if (!Revision.TryRead(value, out var revision, out var json))
        {
            return null;
        }

        try
        {
            complaint = "it is null";
            if (JsonSerializer.Deserialize<TSaga>(json, SnakeCase) is not { } saga)
            {
                return null;
            }

            saga.CorrelationId = id;
            saga.Version = revision.Version;
            return new StoredSaga<TSaga>(saga, revision.Next(), revision.ToHeader());
        }
        catch (JsonException exception)
        {
            // Without the exception, whose text may hold what is stored.
            complaint = $"its JSON is not a {typeof(TSaga).Name} at {exception.Path ?? "its start"}";
            return null;
        }
    }

    /// <summary>The value of the instance's next revision.</summary>
    public static byte[] Write<TSaga>(StoredSaga<TSaga> stored)
        where TSaga : class, ISaga, ISagaVersion
    {
        stored.Saga.Version = stored.Next.Version;
        return [.. stored.Next.ToHeader(), .. JsonSerializer.SerializeToUtf8Bytes(stored.Saga, SnakeCase)];
    }
}
