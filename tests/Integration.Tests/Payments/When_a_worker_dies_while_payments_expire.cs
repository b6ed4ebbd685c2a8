using System.Text.Json.Nodes;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Payments;

public sealed class When_a_worker_dies_while_payments_expire(TestServers servers)
{
    private const int Payments = 4_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_expire_the_rest_and_tell_the_merchant_of_each()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await PaymentsDatabase.AddPaymentsAsync(gateway.Database.ConnectionString, gateway.MerchantId, Payments, "pending", TimeSpan.FromSeconds(-1));
        var first = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync("ExpirePayments", RunAt(), Guid.CreateVersion7(), Cancellation);

        // In the middle: some have expired, and some of those have been told of.
        await gateway.Merchant.Received.WaitUntilAsync(50, Cancellation);
        await first.KillAsync();
        var second = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync("ExpirePayments", RunAt(), Guid.CreateVersion7(), Cancellation);

        await Eventually.Read(() => Task.FromResult(gateway.Merchant.Posts.Count), count => count >= Payments, "a webhook for each payment");
        await Eventually.Read(() => CountAsync(gateway, "select count(*) from outbox_messages"), count => count == 0, "an empty outbox");
        Assert.Equal(Payments, await CountAsync(gateway, "select count(*) from payments where status = 'expired'"));
        Assert.False(second.HasExited);
        // What the first one had published and not yet taken out of the outbox was published again: the second message is recognised when its turn comes.
        await gateway.WaitUntilEmptyAsync(QueueNames.Webhooks);
        await gateway.WaitUntilInHandAsync(QueueNames.Webhooks, 0);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(Payments, gateway.Merchant.Posts.Count);
        TestContext.Current.TestOutputHelper!.WriteLine($"{gateway.Merchant.PostedAgain} of {Payments} webhooks were posted again.");
        Assert.InRange(gateway.Merchant.PostedAgain, 0, gateway.Concurrency);
    }

    private static JsonObject RunAt() => new() { ["run_at"] = TimeProvider.System.GetUtcNow().ToString("O") };

    private static async Task<long> CountAsync(Deployment gateway, string sql)
    {
        await using var connection = new NpgsqlConnection(gateway.Database.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
