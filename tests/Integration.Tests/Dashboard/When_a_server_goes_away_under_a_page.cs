using Gateway.Integration.Tests.Survival;
using Gateway.Testing.Servers;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>What somebody sees who looks at a page while a server under it stops and comes back.</summary>
[Collection(SameGateway.Name)]
public sealed class When_a_server_goes_away_under_a_page(OwnOfEach own, Browser browser) : IClassFixture<OwnOfEach>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_keep_what_was_read_and_say_so_until_the_database_is_back()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await using var visit = await SignInAsync(gateway);
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);
        await visit.GoAsync("/jobs");
        var rows = visit.Page.Locator("table.rows tbody tr");
        await rows.First.WaitForAsync();
        var note = visit.Page.Locator(".note").GetByText("The database does not answer");

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            await note.WaitForAsync();
            Assert.Equal(1, await rows.CountAsync());
            Assert.Contains("This is from", await visit.ReadAsync(".note"), StringComparison.Ordinal);
        }

        await note.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await rows.Nth(1).WaitForAsync();
    }

    [Fact]
    public async Task Should_be_told_that_the_broker_is_away_and_that_it_is_back()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await using var visit = await SignInAsync(gateway);
        await visit.GoAsync("/");
        var note = visit.Page.Locator("main").GetByText("The connection to RabbitMQ cannot be used now.");

        await using (await own.Servers.RabbitMq.StopAsync(Cancellation))
        {
            await note.First.WaitForAsync();
            // The rest of the page comes from the database, and stays right.
            await visit.Page.Locator(".card h3").First.WaitForAsync();
        }

        await note.First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    [Fact]
    public async Task Should_be_told_that_the_job_is_gone_that_is_looked_at()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await using var visit = await SignInAsync(gateway);
        await gateway.Publisher.PublishAsync(1, Cancellation);
        var job = Assert.Single(await gateway.WaitUntilEndedAsync(1)).JobId;
        await visit.GoAsync($"/jobs/{job}");
        await visit.Page.Locator(".job-facts").WaitForAsync();

        await gateway.ExecuteAsync("delete from job_runs");

        await visit.Page.Locator(".note").GetByText($"No attempt of job {job}").WaitForAsync();
    }

    private async Task<Visit> SignInAsync(Deployment gateway)
    {
        gateway.Settings["OPS_API_KEYS"] += $",{DashboardGateway.Entry("ann", "operator", DashboardGateway.OperatorsKey)}";
        var worker = await gateway.StartWorkerAsync();
        var visit = await browser.OpenAsync(await worker.Address);
        await visit.SignInAsync(DashboardGateway.OperatorsKey);
        return visit;
    }
}
