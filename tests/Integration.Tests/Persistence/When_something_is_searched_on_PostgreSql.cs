using Gateway.Persistence.Search;
using Gateway.Testing.Servers;
using Gateway.Tests.Persistence;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

public sealed class When_something_is_searched_on_PostgreSql(PostgresTestDatabase database, TestServers servers)
    : When_something_is_searched(database), IClassFixture<PostgresTestDatabase>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Which indexes there are on the gateway's tables is the gateway's business.
    [Fact]
    public async Task Should_not_read_a_large_table_that_has_no_index_for_it()
    {
        await using var large = new PostgresTestDatabase(servers);
        await large.InitializeAsync();
        await using var db = large.CreateContext();
        await db.Database.ExecuteSqlRawAsync(
            """
            alter table payments alter description set storage plain;
            drop index ix_payments_order_id;
            insert into merchants (id, email, business_name, owner_full_name, created_at, updated_at)
            values ('01890000-0000-7000-8000-000000000001', 'a@merchant.example', 'Phở 24', 'a', now(), now());
            insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, order_id, tx_hash, description,
                payment_reference, destination_wallet, expires_at, created_at, updated_at)
            select gen_random_uuid(), '01890000-0000-7000-8000-000000000001', 1, 1, 'USDT', 'bsc', 1, 'A-' || i, '0x' || i, repeat('x', 7000),
                'ref-' || i, 'w', now(), now(), now()
            from generate_series(1, 4700) i;
            """,
            Cancellation);
        var search = large.Get<TextSearch>();

        var withoutIndex = await search.FindAsync("A-17", Cancellation);
        var byHash = await search.FindAsync("0x17", Cancellation);
        await db.Database.ExecuteSqlRawAsync("create index on payments (order_id) where deleted_at is null", Cancellation);
        var withIndex = await search.FindAsync("A-17", Cancellation);

        Assert.Empty(withoutIndex.Things);
        Assert.Equal(["payments by order_id: the gateway's table has no index on it"], withoutIndex.NotSearched);
        Assert.Equal(["tx_hash"], byHash.Things.Select(thing => thing.By));
        Assert.Equal(["order_id"], withIndex.Things.Select(thing => thing.By));
        Assert.Empty(withIndex.NotSearched);
    }
}
