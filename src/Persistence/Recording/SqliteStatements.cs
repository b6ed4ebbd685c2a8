using Gateway.Persistence.Conversion;
using Gateway.Persistence.JobLog;
using Microsoft.Data.Sqlite;

namespace Gateway.Persistence.Recording;

/// <summary>The statements of a commit beside its runs, row by row: an embedded database is in the same process.</summary>
internal static class SqliteStatements
{
    private const string InsertKeptWebhook =
        """
        insert into kept_webhooks (delivery_id, merchant_id, event, payload, occurred_at, kept_at)
        values (@delivery_id, @merchant_id, @event, @payload, @occurred_at, @kept_at)
        on conflict (delivery_id, merchant_id) do update set kept_at = max(kept_webhooks.kept_at, excluded.kept_at)
        """;

    private const string InsertLetter =
        """
        insert into dead_letters
            (letter_id, died_at, queue, was_skipped, job_id, merchant_id, event, reason, error, attempts, body, headers, state)
        values (@letter_id, @died_at, @queue, @was_skipped, @job_id, @merchant_id, @event, @reason, @error, @attempts, @body, @headers, 0)
        on conflict (letter_id) do nothing
        """;

    private const string InsertMessage =
        """
        insert into outbox_messages (message_id, message_type, ordering_key, body, must_arrive, created_at, trace_parent)
        values (@message_id, @message_type, @ordering_key, @body, @must_arrive, @created_at, @trace_parent)
        """;

    // Skipped, which is 4, is no attempt.
    private const string EnterWaitingRoom =
        """
        insert into waiting_webhooks as known
            (delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event,
            trace_parent, message, reference)
        select @delivery_id, @merchant_id, @due_at, @waits_since, @enqueued_at, @attempt, @round, @reason, @faults, @is_redelivered, @event,
            @trace_parent, @message, @reference
        where not (@is_back and exists (
            select 1 from job_runs r
            where r.job_id = @delivery_id and r.merchant_id = @merchant_text and r.round = @round and r.attempt >= @attempt
                and r.state <> 4 and r.started_at >= @enqueued_after))
        on conflict (delivery_id, merchant_id) do update
        set due_at = excluded.due_at, waits_since = excluded.waits_since, attempt = excluded.attempt, round = excluded.round,
            reason = excluded.reason, faults = excluded.faults, is_redelivered = excluded.is_redelivered,
            trace_parent = excluded.trace_parent, unreadable_reason = null, message = excluded.message
        where (excluded.round, excluded.attempt) > (known.round, known.attempt)
        """;

    private const string GoBackToWaitingRoom =
        """
        update waiting_webhooks
        set due_at = @due_at, reason = @reason, faults = @faults, is_redelivered = is_redelivered or @is_redelivered
        where delivery_id = @delivery_id and merchant_id = @merchant_id and exists (
            select 1 from waiting_leases l
            where l.delivery_id = @delivery_id and l.merchant_id = @merchant_id and l.release_id = @release_id)
        """;

    private const string LeaveWaitingRoom =
        """
        delete from waiting_webhooks
        where delivery_id = @delivery_id and merchant_id = @merchant_id and (round, attempt) <= (@round, @attempt)
        """;

    private const string EndLease =
        """
        delete from waiting_leases
        where delivery_id = @delivery_id and merchant_id = @merchant_id and (@release_id is null or release_id = @release_id)
        """;

    private const string ClearFailing =
        """
        update webhook_endpoints set failing_since = null, failing_url = null, failed_times = 0, last_failed_at = null
        where merchant_id = @merchant_id and failing_since is not null
        """;

    private const string AdvanceMerchant =
        """
        insert into waiting_merchants as known (merchant_id, next_at, rank)
        values (@merchant_id, @next_at, @rank)
        on conflict (merchant_id) do update set next_at = excluded.next_at, rank = excluded.rank where known.next_at > excluded.next_at
        """;

    public static async Task ExecuteAsync(
        SqliteConnection connection, SqliteTransaction transaction, RecordsOfCommit records, CancellationToken cancellationToken)
    {
        await ForEachAsync(InsertKeptWebhook, records.Kept, run =>
        [
            ("delivery_id", run.JobId), ("merchant_id", run.Webhook!.MerchantId), ("event", run.Webhook.Event),
            ("payload", run.Webhook.Payload), ("occurred_at", run.Webhook.OccurredAt), ("kept_at", UtcTime.Checked(run.StartedAt)),
        ]);
        await ForEachAsync(InsertLetter, records.Letters, letter =>
        [
            ("letter_id", letter.LetterId), ("died_at", UtcTime.Checked(letter.DiedAt)), ("queue", letter.Queue),
            ("was_skipped", letter.WasSkipped), ("job_id", letter.JobId),
            ("merchant_id", StorableText.From(letter.MerchantId, JobRun.NameLength)),
            ("event", StorableText.From(letter.Event, JobRun.NameLength)), ("reason", StorableText.From(letter.Reason, JobRun.ShortLength)),
            ("error", StorableText.From(letter.Error, JobRun.DetailLength)), ("attempts", letter.Attempts), ("body", letter.Body),
            ("headers", letter.Headers),
        ]);
        await ForEachAsync(InsertMessage, records.Messages, message =>
        [
            ("message_id", message.MessageId), ("message_type", message.MessageType), ("ordering_key", message.OrderingKey),
            ("body", message.Body), ("must_arrive", message.MustArrive), ("created_at", UtcTime.Checked(message.CreatedAt)),
            ("trace_parent", message.TraceParent),
        ]);
        await ForEachAsync(EnterWaitingRoom, records.Entering, entering =>
        [
            ("delivery_id", entering.Entry.DeliveryId), ("merchant_id", entering.Entry.MerchantId),
            ("due_at", UtcTime.Checked(entering.Entry.DueAt)), ("waits_since", UtcTime.Checked(entering.Entry.WaitsSince)),
            ("enqueued_at", UtcTime.Checked(entering.Entry.EnqueuedAt)), ("attempt", entering.Entry.Attempt),
            ("round", entering.Entry.Round), ("reason", (short)entering.Entry.Reason), ("faults", entering.Entry.Faults),
            ("is_redelivered", entering.Entry.IsRedelivered), ("event", StorableText.From(entering.Entry.Event, JobRun.NameLength)),
            ("trace_parent", entering.Entry.TraceParent), ("message", entering.Entry.Message),
            ("merchant_text", entering.Entry.MerchantId.ToString()), ("is_back", entering.IsBack),
            ("reference", StorableText.From(entering.Entry.Reference, JobRun.ReferenceLength)),
            ("enqueued_after", UtcTime.Checked(entering.Entry.EnqueuedAt).AddSeconds(-10)),
        ],
        entering => records.TurnAway(entering.Entry.Key));
        await ForEachAsync(GoBackToWaitingRoom, records.GoingBack, step =>
        [
            ("delivery_id", step.Entry.DeliveryId), ("merchant_id", step.Entry.MerchantId), ("release_id", step.ReleaseId),
            ("due_at", UtcTime.Checked(step.Entry.DueAt)), ("reason", (short)step.Entry.Reason), ("faults", step.Entry.Faults),
            ("is_redelivered", step.Entry.IsRedelivered),
        ]);
        await ForEachAsync(LeaveWaitingRoom, records.Leaving, leaving =>
        [
            ("delivery_id", leaving.Key.DeliveryId), ("merchant_id", leaving.Key.MerchantId), ("round", leaving.Round),
            ("attempt", leaving.Attempt),
        ]);
        await ForEachAsync(EndLease, records.LeasesEnding, lease =>
            [("delivery_id", lease.Key.DeliveryId), ("merchant_id", lease.Key.MerchantId), ("release_id", lease.ReleaseId)]);
        await ForEachAsync(ClearFailing, records.WorkingEndpoints, merchantId => [("merchant_id", merchantId)]);
        await ForEachAsync(AdvanceMerchant, records.Merchants, merchant =>
            [("merchant_id", merchant.MerchantId), ("next_at", UtcTime.Checked(merchant.NextAt ?? records.Now)), ("rank", merchant.Rank)]);

        async Task ForEachAsync<TRow>(
            string sql, IReadOnlyList<TRow> rows, Func<TRow, (string Name, object? Value)[]> parameters, Action<TRow>? withoutEffect = null)
        {
            foreach (var row in rows)
            {
                await using var command = connection.CreateCommand();
                (command.CommandText, command.Transaction) = (sql, transaction);
                foreach (var (name, value) in parameters(row))
                {
                    command.Parameters.AddWithValue(name, value ?? DBNull.Value);
                }

                if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
                {
                    withoutEffect?.Invoke(row);
                }
            }
        }
    }
}
