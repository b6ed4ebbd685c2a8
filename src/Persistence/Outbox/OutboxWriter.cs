using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Persistence.Outbox;

/// <summary>Writes messages into the outbox, in the transaction of what they tell.</summary>
public static class OutboxWriter
{
    /// <summary>What PostgreSQL notifies when messages were committed.</summary>
    public const string Channel = "outbox_messages";

    private const string Copy =
        "copy outbox_messages (message_id, message_type, ordering_key, body, must_arrive, created_at, trace_parent) "
        + "from stdin (format binary)";

    /// <summary>
    /// Writes many messages at once, in the transaction of <paramref name="db"/>, in their order. A few are as well added to
    /// <see cref="GatewayDbContext.OutboxMessages"/> and saved with the rest.
    /// </summary>
    public static async Task WriteOutboxAsync(
        this GatewayDbContext db, IReadOnlyList<OutboxMessage> messages, CancellationToken cancellationToken)
    {
        if (!db.Database.IsNpgsql())
        {
            db.OutboxMessages.AddRange(messages);
            await db.SaveChangesAsync(cancellationToken);
            return;
        }

        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await using var import = await connection.BeginBinaryImportAsync(Copy, cancellationToken);
        foreach (var message in messages)
        {
            await import.StartRowAsync(cancellationToken);
            await import.WriteAsync(message.MessageId, NpgsqlDbType.Uuid, cancellationToken);
            await import.WriteAsync(message.MessageType, NpgsqlDbType.Varchar, cancellationToken);
            await import.WriteAsync(message.OrderingKey, NpgsqlDbType.Varchar, cancellationToken);
            await import.WriteAsync(message.Body, NpgsqlDbType.Text, cancellationToken);
            await import.WriteAsync(message.MustArrive, NpgsqlDbType.Boolean, cancellationToken);
            await import.WriteAsync(message.CreatedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            if (message.TraceParent is { } trace)
            {
                await import.WriteAsync(trace, NpgsqlDbType.Varchar, cancellationToken);
            }
            else
            {
                await import.WriteNullAsync(cancellationToken);
            }
        }

        await import.CompleteAsync(cancellationToken);
    }
}
