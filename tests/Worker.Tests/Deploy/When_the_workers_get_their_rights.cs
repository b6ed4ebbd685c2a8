using Gateway.Persistence;
using Gateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>What trials found (docs/faults.md: H4).</summary>
public sealed class When_the_workers_get_their_rights
{
    private static readonly string[] Grants = File.ReadAllText(Repository.PathOf("deploy/postgres/gw_worker.sql"))
        .Split(';').Select(statement => statement.Trim()).Where(statement => statement.Contains("grant ", StringComparison.Ordinal)).ToArray();

    [Fact]
    public void Should_read_and_write_every_table_of_their_own()
    {
        // Nobody connects to it.
        using var services = new ServiceCollection().AddLogging().AddGatewayPostgres("Host=nowhere.invalid").BuildServiceProvider();
        using var db = services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContext();
        var tables = db.Model.GetEntityTypes().Select(entity => entity.GetTableName()!).Except(GatewaySchema.GatewaysTables).ToArray();

        Assert.NotEmpty(tables);
        Assert.All(tables, table => Assert.Contains(table, TablesOf("grant select, insert, update, delete on ")));
    }

    [Fact]
    public void Should_change_nothing_of_the_gateways_but_payments_and_snapshots()
    {
        string[] changed = [.. TablesOf("grant select, insert, update, delete on "), .. TablesOf("grant select, update on ")];

        Assert.Equal(["payments", "wallet_balance_snapshots"], GatewaySchema.GatewaysTables.Intersect(changed).Order(StringComparer.Ordinal));
        Assert.All(GatewaySchema.GatewaysTables.Except(changed), table => Assert.Contains(table, TablesOf("grant select on ")));
    }

    private static IEnumerable<string> TablesOf(string right) => Grants
        .Where(grant => grant.Contains(right, StringComparison.Ordinal))
        .SelectMany(grant => grant[(grant.IndexOf(right, StringComparison.Ordinal) + right.Length)..].Split(" to ")[0].Split(',', StringSplitOptions.TrimEntries));
}
