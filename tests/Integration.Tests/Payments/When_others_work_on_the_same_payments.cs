using Gateway.Testing.Servers;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Payments;

public sealed class When_others_work_on_the_same_payments(TestServers servers)
{
    private const int Payments = 4_000;

    private static readonly TimeSpan Due = TimeSpan.FromSeconds(-1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_expire_each_payment_once_beside_a_second_worker_and_a_gateway_that_confirms()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(Payments, "pending", Due);
        var ids = await database.ReadAsync(db => db.Payments.OrderBy(p => p.Id).Select(p => p.Id));

        var confirming = ConfirmAsync(database, [.. ids.Where((_, n) => n % 3 == 0)]);
        await Task.WhenAll(database.ExpireAsync(), database.ExpireAsync());
        var confirmed = await confirming;
        // What the gateway had locked while the workers came by.
        await database.ExpireAsync();

        var states = await database.ReadAsync(db => db.Payments.Select(p => new { p.Id, p.Status }));
        Assert.Equal(confirmed.Order(), states.Where(p => p.Status == "confirming").Select(p => p.Id).Order());
        var expired = states.Where(p => p.Status == "expired").Select(p => p.Id).ToArray();
        Assert.Equal(Payments, confirmed.Count + expired.Length);
        var told = await database.ReadAsync(db => db.OutboxMessages.GroupBy(m => m.OrderingKey).Select(g => new { g.Key, Messages = g.Count() }));
        Assert.Equal(expired.Select(id => id.ToString()).Order(StringComparer.Ordinal), told.Select(t => t.Key).Order(StringComparer.Ordinal));
        Assert.All(told, t => Assert.Equal(2, t.Messages));
        TestContext.Current.TestOutputHelper!.WriteLine($"{confirmed.Count} confirmed, {expired.Length} expired");
    }

    [Fact]
    public async Task Should_not_wait_for_a_payment_that_the_gateway_has_in_its_hands()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(3, "pending", Due);
        await using var gateway = new NpgsqlConnection(database.ConnectionString);
        await gateway.OpenAsync(Cancellation);
        await using var transaction = await gateway.BeginTransactionAsync(Cancellation);
        await using var confirm = new NpgsqlCommand(
            "update payments set status = 'confirming' where id = (select id from payments limit 1)", gateway, transaction);
        await confirm.ExecuteNonQueryAsync(Cancellation);

        Assert.Equal("payments expired: 2", await database.ExpireAsync());
        await transaction.RollbackAsync(Cancellation);
        Assert.Equal("payments expired: 1", await database.ExpireAsync());
    }

    // As the gateway does it: the status is looked at in the statement, and the transaction does other things before it ends.
    private static async Task<List<Guid>> ConfirmAsync(PaymentsDatabase database, Guid[] ids)
    {
        await using var gateway = new NpgsqlConnection(database.ConnectionString);
        await gateway.OpenAsync(Cancellation);
        List<Guid> confirmed = [];
        foreach (var some in ids.Chunk(5))
        {
            await using var transaction = await gateway.BeginTransactionAsync(Cancellation);
            await using var confirm = new NpgsqlCommand(
                "update payments set status = 'confirming' where id = any($1) and status in ('created', 'pending') returning id", gateway, transaction)
            {
                Parameters = { new() { Value = some } },
            };
            await using (var reader = await confirm.ExecuteReaderAsync(Cancellation))
            {
                while (await reader.ReadAsync(Cancellation))
                {
                    confirmed.Add(reader.GetGuid(0));
                }
            }

            await transaction.CommitAsync(Cancellation);
        }

        return confirmed;
    }
}
