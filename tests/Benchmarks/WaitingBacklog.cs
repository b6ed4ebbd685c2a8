using Npgsql;

namespace Gateway.Benchmarks;

/// <summary>Fills the waiting room with retries, as commits of failed first attempts would have.</summary>
internal static class WaitingBacklog
{
    private const string Delivery = "@delivery";
    private const string Merchant = "@merchant";

    // Ids of UUID v7, as deliveries have: they grow, which is what an index on them likes.
    private const string Fill =
        """
        with entry as materialized (
            select (left(time, 8) || '-' || right(time, 4) || '-7' || substr(gen_random_uuid()::text, 16))::uuid as delivery_id,
                merchant_id, $3 + random() * $4 as due_at
            from (
                select $1[1 + n % cardinality($1)] as merchant_id,
                    lpad(to_hex((extract(epoch from now()) * 1000)::bigint + n / 10), 12, '0') as time
                from generate_series(0, $2 - 1) as n) as numbered),
        waiting as (
            insert into waiting_webhooks
                (delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event, message)
            select delivery_id, merchant_id, due_at, now(), now(), 2, 0, 0, 0, false, $5,
                convert_to(replace(replace($6, '@delivery', delivery_id::text), '@merchant', merchant_id::text), 'UTF8')
            from entry)
        insert into waiting_merchants as known (merchant_id, next_at, rank)
        select merchant_id, min(due_at), 0 from entry group by merchant_id
        on conflict (merchant_id) do update set next_at = least(known.next_at, excluded.next_at)
        """;

    /// <summary>Adds retries that fall due between <paramref name="dueAt"/> and so much later, to the merchants in turn.</summary>
    public static async Task FillAsync(
        NpgsqlDataSource database,
        IReadOnlyList<Guid> merchants,
        int count,
        DateTimeOffset dueAt,
        TimeSpan spread,
        CancellationToken cancellationToken)
    {
        await using var fill = database.CreateCommand(Fill);
        fill.Parameters.Add(new() { Value = merchants.ToArray() });
        fill.Parameters.Add(new() { Value = count });
        fill.Parameters.Add(new() { Value = dueAt.UtcDateTime });
        fill.Parameters.Add(new() { Value = spread });
        fill.Parameters.Add(new() { Value = WebhookSample.Event });
        fill.Parameters.Add(new() { Value = WebhookBacklog.MessageOf(Delivery, Merchant, attempt: 1) });
        await fill.ExecuteNonQueryAsync(cancellationToken);
    }
}
