using Gateway.Testing.Servers;
using Gateway.Worker.Payments;
using Npgsql;
using Xunit;

namespace Gateway.Integration.Tests.Payments;

/// <summary>What trials found (docs/faults.md: D4).</summary>
public sealed class When_payments_are_due_and_do_not_expire(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("expires_at = null", "no_time")]
    [InlineData("expires_at = '-infinity'", "before_1970")]
    [InlineData("expires_at = '1969-12-31 23:59:59'", "before_1970")]
    [InlineData("expires_at = '0044-03-15 12:00:00 BC'", "before_1970")]
    public async Task Should_count_and_name_those_whose_end_nobody_can_tell(string fault, string reason)
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(9, "pending", TimeSpan.FromSeconds(-1));
        await database.ExecuteAsync("alter table payments alter column expires_at drop not null");
        await database.ExecuteAsync($"update payments set {fault} where order_id in ('order 1', 'order 2', 'order 3', 'order 4')");

        var result = await database.ExpireAsync();

        Assert.StartsWith($"payments expired: 5; due and not expired: {reason}: 4: ", result, StringComparison.Ordinal);
        Assert.EndsWith(", …", result, StringComparison.Ordinal);
        var named = await database.ReadAsync(db => db.Payments.Where(p => p.Status == "pending").OrderBy(p => p.Id).Take(3).Select(p => p.Id));
        Assert.All(named, id => Assert.Contains(id.ToString(), result, StringComparison.Ordinal));
        Assert.Equal(4, database.NotExpired()[reason]);
    }

    [Fact]
    public async Task Should_count_and_name_one_whose_row_is_locked_for_long_and_say_nothing_of_one_that_was_locked_just_now()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(1, "pending", TimeSpan.FromHours(-1));
        await database.AddPaymentsAsync(1, "pending", TimeSpan.FromMinutes(-9));
        var late = Assert.Single(await database.ReadAsync(db => db.Payments.OrderBy(p => p.ExpiresAt).Take(1).Select(p => p.Id)));
        await using var gateway = new NpgsqlConnection(database.ConnectionString);
        await gateway.OpenAsync(Cancellation);
        await using (var transaction = await gateway.BeginTransactionAsync(Cancellation))
        {
            await using var hold = new NpgsqlCommand("select id from payments for update", gateway, transaction);
            await hold.ExecuteNonQueryAsync(Cancellation);

            Assert.Equal($"payments expired: 0; due and not expired: locked: 1: {late}", await database.ExpireAsync());
            Assert.Equal(1, database.NotExpired()["locked"]);
        }

        Assert.Equal("payments expired: 2", await database.ExpireAsync());
        Assert.Equal(0, database.NotExpired()["locked"]);
    }

    [Fact]
    public async Task Should_show_a_run_of_long_ago_no_more()
    {
        await using var database = await PaymentsDatabase.CreateAsync(servers);
        await database.AddPaymentsAsync(1, "pending", TimeSpan.FromHours(-1));
        await database.ExecuteAsync("update payments set expires_at = '-infinity'");
        Assert.All(database.NotExpired(), shown => Assert.Equal(0, shown.Value));

        await database.ExpireAsync();

        Assert.Equal(1, database.NotExpired()["before_1970"]);
        database.Clock.Advance(ExpiryMetrics.Shown);
        Assert.All(database.NotExpired(), shown => Assert.Equal(0, shown.Value));
    }
}
