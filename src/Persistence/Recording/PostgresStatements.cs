using System.Runtime.CompilerServices;
using Gateway.Persistence.Conversion;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Webhooks;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Persistence.Recording;

/// <summary>
/// The statements of a commit beside the COPY of its runs: one for each table, all rows of it at once, all of them in one round trip.
/// </summary>
internal static class PostgresStatements
{
    private const string InsertKeptWebhook =
        """
        insert into kept_webhooks (delivery_id, merchant_id, event, payload, occurred_at, kept_at)
        select * from unnest(@delivery_id, @merchant_id, @event, @payload, @occurred_at, @kept_at)
        on conflict (delivery_id, merchant_id) do update set kept_at = greatest(kept_webhooks.kept_at, excluded.kept_at)
        """;

    private const string InsertLetter =
        """
        insert into dead_letters
            (letter_id, died_at, queue, was_skipped, job_id, merchant_id, event, reason, error, attempts, body, headers, state)
        select *, 0
        from unnest(@letter_id, @died_at, @queue, @was_skipped, @job_id, @merchant_id, @event, @reason, @error, @attempts, @body, @headers)
        on conflict (letter_id) do nothing
        """;

    private const string InsertMessage =
        """
        insert into outbox_messages (message_id, message_type, ordering_key, body, must_arrive, created_at, trace_parent)
        select * from unnest(@message_id, @message_type, @ordering_key, @body, @must_arrive, @created_at, @trace_parent)
        """;

    // Skipped, which is 4, is no attempt.
    private const string EnterWaitingRoom =
        """
        insert into waiting_webhooks as known
            (delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event,
            trace_parent, message, reference)
        select delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event,
            trace_parent, message, reference
        from unnest(
            @delivery_id, @merchant_id, @due_at, @waits_since, @enqueued_at, @attempt, @round, @reason, @faults, @is_redelivered, @event,
            @trace_parent, @message, @is_back, @reference)
            as w (delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event,
                trace_parent, message, is_back, reference)
        where not (is_back and exists (
            select from job_runs r
            where r.job_id = w.delivery_id and r.merchant_id = w.merchant_id::text and r.round = w.round and r.attempt >= w.attempt
                and r.state <> 4 and r.started_at >= w.enqueued_at - interval '10 seconds'))
        on conflict (delivery_id, merchant_id) do update
        set due_at = excluded.due_at, waits_since = excluded.waits_since, attempt = excluded.attempt, round = excluded.round,
            reason = excluded.reason, faults = excluded.faults, is_redelivered = excluded.is_redelivered,
            trace_parent = excluded.trace_parent, unreadable_reason = null, message = excluded.message
        where (excluded.round, excluded.attempt) > (known.round, known.attempt)
        """;

    private const string FindTakenPlaces =
        """
        select w.delivery_id, w.merchant_id
        from waiting_webhooks w join unnest(@delivery_id, @merchant_id, @message) as mine (delivery_id, merchant_id, message)
            on w.delivery_id = mine.delivery_id and w.merchant_id = mine.merchant_id
        where w.message <> mine.message
        """;

    private const string GoBackToWaitingRoom =
        """
        update waiting_webhooks w
        set due_at = back.due_at, reason = back.reason, faults = back.faults, is_redelivered = w.is_redelivered or back.is_redelivered
        from unnest(@delivery_id, @merchant_id, @release_id, @due_at, @reason, @faults, @is_redelivered)
            as back (delivery_id, merchant_id, release_id, due_at, reason, faults, is_redelivered)
        join waiting_leases l on l.delivery_id = back.delivery_id and l.merchant_id = back.merchant_id and l.release_id = back.release_id
        where w.delivery_id = back.delivery_id and w.merchant_id = back.merchant_id
        """;

    private const string LeaveWaitingRoom =
        """
        delete from waiting_webhooks w
        using unnest(@delivery_id, @merchant_id, @round, @attempt) as gone (delivery_id, merchant_id, round, attempt)
        where w.delivery_id = gone.delivery_id and w.merchant_id = gone.merchant_id and (w.round, w.attempt) <= (gone.round, gone.attempt)
        """;

    private const string EndLeases =
        """
        delete from waiting_leases l using unnest(@delivery_id, @merchant_id, @release_id) as gone (delivery_id, merchant_id, release_id)
        where l.delivery_id = gone.delivery_id and l.merchant_id = gone.merchant_id
            and (gone.release_id is null or l.release_id = gone.release_id)
        """;

    // Whoever has one of them in hand says something newer about it. To wait for that could be to wait for each other.
    private const string ClearFailing =
        """
        update webhook_endpoints set failing_since = null, failing_url = null, failed_times = 0, last_failed_at = null
        where merchant_id in (
            select merchant_id from webhook_endpoints
            where merchant_id = any(@merchant_id) and failing_since is not null for update skip locked)
        """;

    // PostgreSQL locks the row also where nothing is set. That is wanted: a release that looks at this merchant at the same time either
    // sees what this commit lets wait, or passes the merchant over.
    private const string AdvanceMerchant =
        """
        insert into waiting_merchants as known (merchant_id, next_at, rank)
        select merchant_id, coalesce(next_at, now()), rank from unnest(@merchant_id, @next_at, @rank) as m (merchant_id, next_at, rank)
        on conflict (merchant_id) do update set next_at = excluded.next_at, rank = excluded.rank where known.next_at > excluded.next_at
        """;

    /// <summary>Says where those of a commit that enter the waiting room have found another message under their id.</summary>
    public static async IAsyncEnumerable<DeliveryKey> FindTakenPlacesAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        RecordsOfCommit records,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        Add(batch, FindTakenPlaces, records.Entering, add =>
        {
            add.Column("delivery_id", NpgsqlDbType.Uuid, entering => entering.Entry.DeliveryId);
            add.Column("merchant_id", NpgsqlDbType.Uuid, entering => entering.Entry.MerchantId);
            add.Column("message", NpgsqlDbType.Bytea, entering => entering.Entry.Message);
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return new DeliveryKey(reader.GetGuid(0), reader.GetGuid(1));
        }
    }

    /// <summary>Adds all but the changes of endpoints to a batch.</summary>
    /// <returns>The command for what enters the waiting room; null when nothing does.</returns>
    public static NpgsqlBatchCommand? AddTo(NpgsqlBatch batch, RecordsOfCommit records)
    {
        Add(batch, InsertKeptWebhook, records.Kept, add =>
        {
            add.Column("delivery_id", NpgsqlDbType.Uuid, run => run.JobId);
            add.Column("merchant_id", NpgsqlDbType.Varchar, run => StorableText.From(run.Webhook!.MerchantId, JobRun.NameLength));
            add.Column("event", NpgsqlDbType.Varchar, run => StorableText.From(run.Webhook!.Event, JobRun.NameLength));
            add.Column("payload", NpgsqlDbType.Text, run => run.Webhook!.Payload);
            add.Column("occurred_at", NpgsqlDbType.Varchar, run => run.Webhook!.OccurredAt);
            add.Column("kept_at", NpgsqlDbType.TimestampTz, run => run.StartedAt);
        });
        Add(batch, InsertLetter, records.Letters, add =>
        {
            add.Column("letter_id", NpgsqlDbType.Uuid, letter => letter.LetterId);
            add.Column("died_at", NpgsqlDbType.TimestampTz, letter => UtcTime.Checked(letter.DiedAt));
            add.Column("queue", NpgsqlDbType.Varchar, letter => letter.Queue);
            add.Column("was_skipped", NpgsqlDbType.Boolean, letter => letter.WasSkipped);
            add.Column("job_id", NpgsqlDbType.Uuid, letter => letter.JobId);
            add.Column("merchant_id", NpgsqlDbType.Varchar, letter => StorableText.From(letter.MerchantId, JobRun.NameLength));
            add.Column("event", NpgsqlDbType.Varchar, letter => StorableText.From(letter.Event, JobRun.NameLength));
            add.Column("reason", NpgsqlDbType.Varchar, letter => StorableText.From(letter.Reason, JobRun.ShortLength));
            add.Column("error", NpgsqlDbType.Varchar, letter => StorableText.From(letter.Error, JobRun.DetailLength));
            add.Column("attempts", NpgsqlDbType.Integer, letter => letter.Attempts);
            add.Column("body", NpgsqlDbType.Bytea, letter => letter.Body);
            add.Column("headers", NpgsqlDbType.Bytea, letter => letter.Headers);
        });
        Add(batch, InsertMessage, records.Messages, add =>
        {
            add.Column("message_id", NpgsqlDbType.Uuid, message => message.MessageId);
            add.Column("message_type", NpgsqlDbType.Varchar, message => message.MessageType);
            add.Column("ordering_key", NpgsqlDbType.Varchar, message => message.OrderingKey);
            add.Column("body", NpgsqlDbType.Text, message => message.Body);
            add.Column("must_arrive", NpgsqlDbType.Boolean, message => message.MustArrive);
            add.Column("created_at", NpgsqlDbType.TimestampTz, message => UtcTime.Checked(message.CreatedAt));
            add.Column("trace_parent", NpgsqlDbType.Varchar, message => message.TraceParent);
        });
        var entering = Add(batch, EnterWaitingRoom, records.Entering, add =>
        {
            add.Column("delivery_id", NpgsqlDbType.Uuid, entering => entering.Entry.DeliveryId);
            add.Column("merchant_id", NpgsqlDbType.Uuid, entering => entering.Entry.MerchantId);
            add.Column("due_at", NpgsqlDbType.TimestampTz, entering => UtcTime.Checked(entering.Entry.DueAt));
            add.Column("waits_since", NpgsqlDbType.TimestampTz, entering => UtcTime.Checked(entering.Entry.WaitsSince));
            add.Column("enqueued_at", NpgsqlDbType.TimestampTz, entering => UtcTime.Checked(entering.Entry.EnqueuedAt));
            add.Column("attempt", NpgsqlDbType.Integer, entering => entering.Entry.Attempt);
            add.Column("round", NpgsqlDbType.Smallint, entering => entering.Entry.Round);
            add.Column("reason", NpgsqlDbType.Smallint, entering => (short)entering.Entry.Reason);
            add.Column("faults", NpgsqlDbType.Smallint, entering => entering.Entry.Faults);
            add.Column("is_redelivered", NpgsqlDbType.Boolean, entering => entering.Entry.IsRedelivered);
            add.Column("event", NpgsqlDbType.Varchar, entering => StorableText.From(entering.Entry.Event, JobRun.NameLength));
            add.Column("trace_parent", NpgsqlDbType.Varchar, entering => entering.Entry.TraceParent);
            add.Column("message", NpgsqlDbType.Bytea, entering => entering.Entry.Message);
            add.Column("is_back", NpgsqlDbType.Boolean, entering => entering.IsBack);
            add.Column("reference", NpgsqlDbType.Varchar, entering => StorableText.From(entering.Entry.Reference, JobRun.ReferenceLength));
        });
        Add(batch, GoBackToWaitingRoom, records.GoingBack, add =>
        {
            add.Column("delivery_id", NpgsqlDbType.Uuid, step => step.Entry.DeliveryId);
            add.Column("merchant_id", NpgsqlDbType.Uuid, step => step.Entry.MerchantId);
            add.Column("release_id", NpgsqlDbType.Uuid, step => step.ReleaseId);
            add.Column("due_at", NpgsqlDbType.TimestampTz, step => UtcTime.Checked(step.Entry.DueAt));
            add.Column("reason", NpgsqlDbType.Smallint, step => (short)step.Entry.Reason);
            add.Column("faults", NpgsqlDbType.Smallint, step => step.Entry.Faults);
            add.Column("is_redelivered", NpgsqlDbType.Boolean, step => step.Entry.IsRedelivered);
        });
        Add(batch, LeaveWaitingRoom, records.Leaving, add =>
        {
            add.Column("delivery_id", NpgsqlDbType.Uuid, leaving => leaving.Key.DeliveryId);
            add.Column("merchant_id", NpgsqlDbType.Uuid, leaving => leaving.Key.MerchantId);
            add.Column("round", NpgsqlDbType.Smallint, leaving => leaving.Round);
            add.Column("attempt", NpgsqlDbType.Integer, leaving => leaving.Attempt);
        });
        Add(batch, EndLeases, records.LeasesEnding, add =>
        {
            add.Column("delivery_id", NpgsqlDbType.Uuid, lease => lease.Key.DeliveryId);
            add.Column("merchant_id", NpgsqlDbType.Uuid, lease => lease.Key.MerchantId);
            add.Column("release_id", NpgsqlDbType.Uuid, lease => lease.ReleaseId);
        });
        Add(batch, ClearFailing, records.WorkingEndpoints, add => add.Column("merchant_id", NpgsqlDbType.Uuid, merchantId => merchantId));
        Add(batch, AdvanceMerchant, records.Merchants, add =>
        {
            add.Column("merchant_id", NpgsqlDbType.Uuid, merchant => merchant.MerchantId);
            add.Column("next_at", NpgsqlDbType.TimestampTz, merchant => merchant.NextAt is { } at ? UtcTime.Checked(at) : (DateTime?)null);
            add.Column("rank", NpgsqlDbType.Smallint, merchant => merchant.Rank);
        });
        return entering;
    }

    private static NpgsqlBatchCommand? Add<TRow>(NpgsqlBatch batch, string sql, IReadOnlyList<TRow> rows, Action<Columns<TRow>> add)
    {
        if (rows.Count == 0)
        {
            return null;
        }

        var command = new NpgsqlBatchCommand(sql);
        add(new Columns<TRow>(command, rows));
        batch.BatchCommands.Add(command);
        return command;
    }

    private readonly struct Columns<TRow>(NpgsqlBatchCommand command, IReadOnlyList<TRow> rows)
    {
        public void Column<T>(string name, NpgsqlDbType type, Func<TRow, T> value) =>
            command.Parameters.Add(new NpgsqlParameter<T[]>(name, NpgsqlDbType.Array | type) { TypedValue = [.. rows.Select(value)] });
    }
}
