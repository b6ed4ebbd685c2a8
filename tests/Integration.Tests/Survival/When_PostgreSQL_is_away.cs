using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>What trials found (docs/faults.md: A24).</summary>
public sealed partial class When_PostgreSQL_is_away(OwnPostgres own) : IClassFixture<OwnPostgres>
{
    private const int Deliveries = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_wait_with_the_records_and_post_nothing_twice()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var worker = await gateway.StartWorkerAsync();
        await worker.WaitUntilAsync("startup", HttpStatusCode.OK);
        await KnowTheMerchantAsync(gateway);

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
            // Every slot has posted and waits for its record.
            await gateway.Merchant.Received.WaitUntilAsync(1 + gateway.Concurrency, Cancellation);
            await worker.WaitUntilAsync(HttpStatusCode.ServiceUnavailable);
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await worker.AskAsync("live"), await worker.AskAsync("startup")));
            Assert.Equal(1 + gateway.Concurrency, gateway.Merchant.Received.Value);
            using var api = await gateway.OpenApiAsync(worker);
            foreach (var path in new[] { "/api/jobs", "/api/queues", "/api/dead-letters" })
            {
                using var answer = await api.GetAsync(path, Cancellation);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.Contains("The database does not answer", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
            }
        }

        await worker.WaitUntilAsync(HttpStatusCode.OK);
        // Whoever meets the error says so, once; the library would at every try.
        Assert.DoesNotContain("Microsoft.EntityFrameworkCore.", string.Concat(worker.Output.Split('\n').Select(line => line.Split('[')[0])), StringComparison.Ordinal);
        await AssertEachOnceAsync(gateway);
    }

    [Fact]
    public async Task Should_say_so_when_that_begins_and_then_once_a_minute_with_the_count()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var worker = await gateway.StartWorkerAsync();
        await KnowTheMerchantAsync(gateway);
        var before = LinesOf(worker).Length;
        string[] lines;

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
            // A minute has gone by in which everything that loops kept failing.
            lines = await Eventually.Read(
                () => Task.FromResult(LinesOf(worker)[before..]),
                said => said.Any(line => Count.IsMatch(line)),
                "Somebody tells how often it has failed");
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{lines.Length} lines, {lines.Sum(line => line.Length)} characters");
        // There were 483 in such a minute, with what each try had met.
        Assert.InRange(lines.Length, 2, 40);
        await AssertEachOnceAsync(gateway);
    }

    [Fact]
    public async Task Should_remember_what_was_posted_when_the_worker_is_stopped_meanwhile()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        // Longer than the two seconds after which the command line library ends a process unless told not to.
        gateway.Settings["WORKER_STOP_TIMEOUT"] = "3s";
        var worker = await gateway.StartWorkerAsync();
        await KnowTheMerchantAsync(gateway);

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            await PostAllSlotsAsync(gateway);
            Assert.Equal(0, await worker.StopAsync());
        }

        await gateway.StartWorkerAsync();
        await AssertEachOnceAsync(gateway);
    }

    [Fact]
    public async Task Should_remember_what_was_posted_when_the_worker_is_killed_meanwhile()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var worker = await gateway.StartWorkerAsync();
        await KnowTheMerchantAsync(gateway);

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            await PostAllSlotsAsync(gateway);
            await worker.KillAsync();
        }

        await gateway.StartWorkerAsync();
        await AssertEachOnceAsync(gateway);
    }

    [Fact]
    public async Task Should_return_deliveries_that_wait_for_their_merchant_when_the_worker_is_stopped()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["WORKER_STOP_TIMEOUT"] = "1s";
        var worker = await gateway.StartWorkerAsync();

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            await gateway.Publisher.PublishAsync(1 + Deliveries, Cancellation);
            await worker.WaitUntilLoggedAsync("deliveries wait until merchants can be looked up again");

            var left = Assert.Single(await gateway.StopAndCountAsync());
            Assert.Equal(("webhooks", 1u + Deliveries), (left.Key, left.Value));
        }

        await gateway.StartWorkerAsync();
        await AssertEachOnceAsync(gateway);
    }

    [Fact]
    public async Task Should_leave_dead_letters_in_their_queue_until_they_can_be_taken_in()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var worker = await gateway.StartWorkerAsync();

        await using (await own.Servers.Postgres.StopAsync(Cancellation))
        {
            for (var i = 0; i < 40; i++)
            {
                await gateway.Publisher.PublishAsync("DeliverWebhook", new JsonObject { ["merchant_id"] = i }, Guid.CreateVersion7(), Cancellation);
            }

            // More than are in hand at once.
            await gateway.WaitUntilMessagesAsync("webhooks_error", 20);
            Assert.False(worker.HasExited);
        }

        await gateway.WaitUntilDeadLettersAsync(40);
        Assert.Empty(await gateway.StopAndCountAsync());
    }

    /// <summary>The merchant's endpoint is in the worker's cache after the first delivery, so that the next need no look-up.</summary>
    private static async Task KnowTheMerchantAsync(Deployment gateway)
    {
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);
    }

    private static string[] LinesOf(WorkerProcess worker) => worker.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task PostAllSlotsAsync(Deployment gateway)
    {
        await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        await gateway.Merchant.Received.WaitUntilAsync(1 + gateway.Concurrency, Cancellation);
        foreach (var id in gateway.Merchant.Posts.Keys)
        {
            await gateway.WaitUntilOutcomeIsKnownAsync(id);
        }
    }

    private static async Task AssertEachOnceAsync(Deployment gateway)
    {
        var runs = await gateway.WaitUntilEndedAsync(1 + Deliveries);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(1 + Deliveries, gateway.Merchant.Posts.Count);
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(1, post.Value));
        Assert.All(runs, run => Assert.Equal((1, JobState.Succeeded), (run.Attempt, run.State)));
        Assert.Equal(1 + Deliveries, runs.Count);
    }

    [GeneratedRegex(@"\((?!1 )\d+ tries since this was said last\)")]
    private static partial Regex Count { get; }
}
