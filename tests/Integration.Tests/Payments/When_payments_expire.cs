using System.Text.Json;
using Gateway.Contracts;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Gateway.Worker.Payments;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Payments;

/// <summary>What trials found (docs/faults.md: A9, A10, A13).</summary>
public sealed class When_payments_expire(TestServers servers)
{
    private static readonly TimeSpan Due = TimeSpan.FromSeconds(-1);
    private static readonly TimeSpan NotDue = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_expire_what_is_due_and_nothing_else()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        string[] statuses = ["created", "pending", "pending_compliance", "confirming", "completed", "expired", "failed"];
        foreach (var status in statuses)
        {
            await database.AddPaymentsAsync(1, status, Due);
            await database.AddPaymentsAsync(1, status, NotDue);
            await database.AddPaymentsAsync(1, status, Due, isDeleted: true);
        }

        var before = await database.ReadAsync(db => db.Payments.IgnoreQueryFilters().AsNoTracking());
        var result = await database.ExpireAsync();

        Assert.Equal("payments expired: 2", result);
        var after = (await database.ReadAsync(db => db.Payments.IgnoreQueryFilters().AsNoTracking())).ToDictionary(p => p.Id);
        foreach (var payment in before)
        {
            var isDue = payment is { Status: "created" or "pending", DeletedAt: null } && payment.ExpiresAt < payment.UpdatedAt;
            Assert.Equal(isDue ? "expired" : payment.Status, after[payment.Id].Status);
            Assert.Equal(isDue, after[payment.Id].UpdatedAt != payment.UpdatedAt);
        }

        Assert.Equal("payments expired: 0", await database.ExpireAsync());
    }

    [Fact]
    public async Task Should_tell_of_each_payment_once_and_in_order()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(2, "pending", Due);

        await database.ExpireAsync();

        var payments = await database.ReadAsync(db => db.Payments.AsNoTracking());
        var messages = await database.ReadAsync(db => db.OutboxMessages.AsNoTracking().OrderBy(m => m.Position));
        Assert.Equal(4, messages.Count);
        Assert.Equal(4, messages.Select(m => m.MessageId).Distinct().Count());
        foreach (var payment in payments)
        {
            var ofPayment = messages.Where(m => m.OrderingKey == payment.Id.ToString()).ToArray();
            Assert.Equal(
                [("Gateway.Contracts.PaymentExpired", false), ("Gateway.Contracts.DeliverWebhook", true)], ofPayment.Select(m => (m.MessageType, m.MustArrive)));
            var expired = JsonSerializer.Deserialize<PaymentExpired>(ofPayment[0].Body)!;
            Assert.Equal((payment.Id, database.MerchantId.ToString(), payment.UpdatedAt), (expired.PaymentId, expired.MerchantId, expired.ExpiredAt.UtcDateTime));
            var webhook = JsonSerializer.Deserialize<DeliverWebhook>(ofPayment[1].Body)!;
            Assert.Equal((ofPayment[1].MessageId, database.MerchantId.ToString(), "payment.expired"), (webhook.DeliveryId, webhook.MerchantId, webhook.Event));
            Assert.Equal(payment.Id, webhook.Payload.GetProperty("payment_id").GetGuid());
            Assert.Equal(payment.OrderId, webhook.Payload.GetProperty("order_id").GetString());
            Assert.Equal("expired", webhook.Payload.GetProperty("status").GetString());
            Assert.Equal(
                ("150000.50", "5.90551181"),
                (webhook.Payload.GetProperty("amount_vnd").GetString(), webhook.Payload.GetProperty("amount_crypto").GetString()));
        }
    }

    [Fact]
    public async Task Should_expire_at_the_very_instant()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(1, "created", TimeSpan.Zero);

        // The database's clock is the machine's, so by now the instant has come.
        Assert.Equal("payments expired: 1", await database.ExpireAsync());
    }

    [Fact]
    public async Task Should_work_in_small_transactions()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync((2 * ExpirePaymentsJob.BatchSize) + 1, "created", Due);

        await database.ExpireAsync();

        Assert.Equal(3, await database.QueryAsync<long>("select count(distinct xmin::text) from payments where status = 'expired'"));
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from payments where status <> 'expired'"));
    }

    // Else the merchant is not told, because the webhook passes for one that was delivered.
    [Fact]
    public async Task Should_tell_again_of_a_payment_that_was_put_back_to_pending_with_the_same_time()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(1, "pending", Due);
        await database.ExpireAsync();
        await database.ExecuteAsync("update payments set status = 'pending'");

        await database.ExpireAsync();

        var messages = await database.ReadAsync(db => db.OutboxMessages.AsNoTracking());
        Assert.Equal(4, messages.Select(message => message.MessageId).Distinct().Count());
        Assert.Equal(
            2,
            messages.Where(message => message.MustArrive)
                .Select(message => JsonSerializer.Deserialize<DeliverWebhook>(message.Body)!.DeliveryId).Distinct().Count());
    }

    [Fact]
    public async Task Should_expire_the_others_when_the_gateway_refuses_one_and_another_cannot_be_read()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(100, "pending", Due);
        await database.ExecuteAsync(
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$;
            create trigger refuse before update on payments for each row when (old.order_id = 'order 17') execute function refuse()
            """);
        await database.ExecuteAsync("update payments set amount_vnd = 'NaN' where order_id = 'order 42'");

        var result = await database.ExpireAsync();

        var left = await database.ReadAsync(db => db.Payments.IgnoreQueryFilters().Where(p => p.Status == "pending").Select(p => p.Id));
        Assert.Equal(2, left.Count);
        Assert.StartsWith("payments expired: 98; due and not expired: ", result, StringComparison.Ordinal);
        Assert.Contains("refused: 1: ", result, StringComparison.Ordinal);
        Assert.Contains("unreadable: 1: ", result, StringComparison.Ordinal);
        Assert.Contains("(not this one)", result, StringComparison.Ordinal);
        Assert.All(left, id => Assert.Contains(id.ToString(), result, StringComparison.Ordinal));
        Assert.Equal(2 * 98, await database.QueryAsync<long>("select count(*) from outbox_messages"));
        // At the next tick they are named again.
        Assert.StartsWith("payments expired: 0; due and not expired: ", await database.ExpireAsync(), StringComparison.Ordinal);
        Assert.Equal((1, 1), (database.NotExpired()["refused"], database.NotExpired()["unreadable"]));
    }

    [Fact]
    public async Task Should_fail_when_the_gateway_refuses_them_all()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(RefusedPayments.Most + 20, "pending", Due);
        await database.ExecuteAsync(
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'none'; end $$;
            create trigger refuse before update on payments for each row execute function refuse()
            """);

        var failure = await Assert.ThrowsAsync<JobFailedException>(database.ExpireAsync);

        Assert.Equal("refused", failure.Reason);
        Assert.Contains("(none)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(RefusedPayments.Most, database.NotExpired()["refused"]);
    }

    [Fact]
    public async Task Should_leave_nothing_half_done_when_it_dies_before_the_commit()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(10, "created", Due);
        // The update gets through, the outbox does not.
        await using var lockHolder = new NpgsqlConnection(database.ConnectionString);
        await lockHolder.OpenAsync(Cancellation);
        await using var transaction = await lockHolder.BeginTransactionAsync(Cancellation);
        await using var holdOutbox = new NpgsqlCommand("lock table outbox_messages in exclusive mode", lockHolder, transaction);
        await holdOutbox.ExecuteNonQueryAsync(Cancellation);
        var expiring = database.ExpireAsync();
        const string Waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        await Eventually.Read(() => database.QueryAsync<long>(Waiting), count => count == 1, "the job waits for the outbox");

        await database.QueryAsync<bool>(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => expiring);
        await transaction.RollbackAsync(Cancellation);
        Assert.Equal(10, await database.QueryAsync<long>("select count(*) from payments where status = 'created'"));
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from outbox_messages"));
        Assert.Equal("payments expired: 10", await database.ExpireAsync());
        Assert.Equal(20, await database.QueryAsync<long>("select count(*) from outbox_messages"));
    }
}
