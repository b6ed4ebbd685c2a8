using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Ops;

/// <summary><c>event=…&amp;state=succeeded</c> took 13.7 s of the database that deliveries need. (docs/faults.md: G11)</summary>
public sealed class When_a_filter_is_too_wide(When_a_filter_is_too_wide.Worker worker) : IClassFixture<When_a_filter_is_too_wide.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_end_every_look_and_ask_for_a_time()
    {
        // Whoever waits for this lock looks to PostgreSQL like a query that takes long.
        await using var db = await worker.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(Cancellation);
        await db.Database.ExecuteSqlRawAsync("lock table job_runs in access exclusive mode", Cancellation);

        // All that were dead may have been sent again since.
        using var dead = await worker.Api.GetAsync("/api/jobs?state=dead", Cancellation);
        using var ended = await worker.Api.GetAsync("/api/jobs?event=payment.completed&state=succeeded", Cancellation);
        using var endedToo = await worker.Api.GetAsync("/api/jobs?state=queued&from=2026-01-31T08:00:00Z", Cancellation);

        Assert.All([dead, ended, endedToo], answer => Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode));
        Assert.Contains("Name a time with from", await DetailAsync(dead), StringComparison.Ordinal);
        Assert.Contains("Name a time with from", await DetailAsync(ended), StringComparison.Ordinal);
        Assert.Contains("Name a shorter time", await DetailAsync(endedToo), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_answer_every_combination_while_little_is_there()
    {
        foreach (var filter in new[] { "event=e", "state=queued", "queue=webhooks_retry&merchant_id=m", "type=payment:expiry&state=retrying", "reference=r&state=dead" })
        {
            using var page = await worker.Api.GetAsync($"/api/jobs?{filter}", Cancellation);

            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
    }

    private static async Task<string> DetailAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString()!;

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
