using System.Globalization;
using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_somebody_looks_at_the_workers(DashboardGateway gateway, Browser browser)
{
    [Fact]
    public async Task Should_see_each_with_what_it_does()
    {
        await Eventually.Read(() => gateway.Gateway.QueryAsync("select count(*) from workers where slots is not null"), count => count == 1, "a sign of life");
        await gateway.Gateway.ExecuteAsync(
            """
            insert into workers (worker_id, host, started_at, seen_at)
            values ('11111111-1111-1111-1111-111111111111', 'gone<b>', now() - interval '1 hour', now() - interval '10 minutes')
            """);
        await using var visit = await VisitAsync();

        var rows = await visit.Page.Locator("table.rows tbody tr").AllInnerTextsAsync();
        var alive = (await gateway.JsonAsync("/api/workers"))[0];
        Assert.Equal(2, rows.Count);
        Assert.Contains(alive.GetProperty("worker_id").GetString()!, rows[0], StringComparison.Ordinal);
        Assert.Contains("alive", rows[0], StringComparison.Ordinal);
        Assert.Contains("0.1.0", rows[0], StringComparison.Ordinal);
        Assert.Equal(gateway.Gateway.Concurrency, alive.GetProperty("slots").GetInt32());
        Assert.Contains(gateway.Gateway.Concurrency.ToString(CultureInfo.InvariantCulture), rows[0], StringComparison.Ordinal);
        Assert.InRange(alive.GetProperty("in_flight").GetInt32(), 0, gateway.Gateway.Concurrency);
        Assert.Contains("gone<b>", rows[1], StringComparison.Ordinal);
        Assert.Contains("silent", rows[1], StringComparison.Ordinal);
        Assert.Contains("10 min", rows[1], StringComparison.Ordinal);
        await gateway.Gateway.ExecuteAsync("delete from workers where slots is null");
    }

    private async Task<Visit> VisitAsync()
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, DashboardGateway.ViewersKey);
        await visit.GoAsync("/workers");
        return visit;
    }
}
