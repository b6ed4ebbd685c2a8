using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>Three workers behind one address, and nothing that ties a visitor to one of them.</summary>
[Collection(SameGateway.Name)]
public sealed class When_the_worker_of_a_visitor_dies(TestServers servers, Browser browser)
{
    [Fact]
    public async Task Should_go_on_with_another_where_he_was_without_signing_in_again()
    {
        Assert.SkipUnless(LoadBalancer.IsInstalled, "HAProxy is not installed: tests/servers.sh install haproxy=haproxy");
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["OPS_API_KEYS"] += $",{DashboardGateway.Entry("ann", "operator", DashboardGateway.OperatorsKey)}";
        var workers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => gateway.StartWorkerAsync()));
        await using var balancer = await LoadBalancer.StartAsync(await Task.WhenAll(workers.Select(worker => worker.Address)), "/healthz/ready");
        await using var visit = await browser.OpenAsync(balancer.Address);
        await visit.SignInAsync(DashboardGateway.OperatorsKey);
        await visit.GoAsync("/dead-letters?queue=webhooks");

        // Twice, so that he comes to the last of the three.
        for (var died = 0; died < 2; died++)
        {
            var busy = await Eventually.Read(balancer.ReadBusyAsync, busy => busy.Count == 1, "one worker that he is connected to");
            await workers[busy[0]].KillAsync();
            await gateway.ExecuteAsync(
                $"""
                insert into dead_letters (letter_id, died_at, queue, was_skipped, event, reason, state)
                values (gen_random_uuid(), now(), 'webhooks', false, 'order-{died}', 'unreadable', 0)
                """);

            await visit.Page.Locator("table.rows").GetByText($"order-{died}").WaitForAsync();
            Assert.EndsWith("/dead-letters?queue=webhooks", visit.Page.Url, StringComparison.Ordinal);
        }

        // What he does is done by the last one, in his name.
        await visit.Row("order-1").GetByRole(AriaRole.Button, new() { Name = "Drop" }).ClickAsync();
        await visit.ConfirmAsync("Drop");
        await visit.IsToldAsync("The dead letter is dropped.");
        Assert.Equal(1, await gateway.QueryAsync("select count(*) from operator_actions where operator = 'ann' and action like 'DELETE %'"));
    }
}
