using System.Net;
using System.Text.Json.Nodes;
using Gateway.Testing;
using Gateway.Testing.Workers;
using Gateway.Worker.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Jobs;

/// <summary>One folder, one contract, one line: everything else follows from the job's definition.</summary>
[Collection("Scraped")]
public sealed class When_a_job_is_added
{
    private static readonly JobDefinition Job = CloseAccountsJob.Definition;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_schedule_it()
    {
        await using var worker = await StartAsync(failures: 0);

        var schedule = Assert.Single(await ReadAsync(worker, "/api/schedules"), s => (string?)s!["name"] == Job.Schedule);

        Assert.Equal((Job.Type, Job.Cron), ((string?)schedule!["job_type"], (string?)schedule["cron"]));
        Assert.NotNull(schedule["next_tick"]);
    }

    [Fact]
    public async Task Should_read_its_variables()
    {
        await using var worker = await StartAsync(failures: 0, ("ACCOUNT_CLOSING_CRON", "30 5 * * *"), ("QUEUE_WEIGHTS", "accounts:2"));

        var schedule = Assert.Single(await ReadAsync(worker, "/api/schedules"), s => (string?)s!["name"] == Job.Schedule);
        var queue = Assert.Single(await ReadAsync(worker, "/api/queues"), q => (string?)q!["queue"] == Job.Queue);

        Assert.Equal(("30 5 * * *", 2), ((string?)schedule!["cron"], (int?)queue!["weight"]));
    }

    [Fact]
    public async Task Should_give_its_queue_a_place_at_the_gate()
    {
        await using var worker = await StartAsync(failures: 0);

        var queues = await ReadAsync(worker, "/api/queues");

        Assert.Equal((Job.Queue, Job.Weight), ((string?)queues[0]!["queue"], (int?)queues[0]!["weight"]));
    }

    [Theory]
    [InlineData("/api/jobs/close-accounts")]
    [InlineData("/api/schedules/account-closing/run")]
    public async Task Should_run_it_by_hand_and_try_it_again(string route)
    {
        await using var worker = await StartAsync(failures: 2);

        var job = await RunAsync(worker, route, state: "succeeded");

        Assert.Equal((Job.Type, Job.Queue, 3), ((string?)job["job_type"], (string?)job["queue"], (int?)job["attempts_made"]));
        Assert.Equal("ledger_away", (string?)job["attempts"]![0]!["reason"]);
    }

    [Fact]
    public async Task Should_list_it_among_the_jobs()
    {
        await using var worker = await StartAsync(failures: 0);
        var job = await RunAsync(worker, "/api/jobs/close-accounts", state: "succeeded");

        var listed = await worker.GetAsync("/api/jobs?type=account:closing");

        var jobs = JsonNode.Parse(await listed.Content.ReadAsStringAsync(Cancellation))!["jobs"]!.AsArray();
        Assert.Equal((string?)job["job_id"], (string?)Assert.Single(jobs)!["job_id"]);
    }

    [Fact]
    public async Task Should_keep_its_dead_letter()
    {
        await using var worker = await StartAsync(failures: int.MaxValue);
        var job = await RunAsync(worker, "/api/jobs/close-accounts", state: "dead");

        var letters = await Eventually.Read(
            async () => JsonNode.Parse(await (await worker.GetAsync("/api/dead-letters?queue=accounts")).Content.ReadAsStringAsync(Cancellation))!
                ["dead_letters"]!.AsArray(),
            letters => letters.Count > 0,
            "the letter is taken in");

        var letter = Assert.Single(letters)!;
        Assert.Equal((Job.Type, (string?)job["job_id"], "ledger_away"), ((string?)letter["job_type"], (string?)letter["job_id"], (string?)letter["reason"]));
    }

    private static Task<EmbeddedWorker> StartAsync(int failures, params (string Variable, string Value)[] settings) => EmbeddedWorker.StartAsync(
        Job, services => services.AddSingleton<IJob<CloseAccounts>>(new CloseAccountsJob(failures)), settings);

    private static async Task<JsonArray> ReadAsync(EmbeddedWorker worker, string route)
    {
        using var answer = await worker.GetAsync(route);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!.AsArray();
    }

    private static async Task<JsonNode> RunAsync(EmbeddedWorker worker, string route, string state)
    {
        using var accepted = await worker.PostAsync(route);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        return await Eventually.Read(
            async () => JsonNode.Parse(await (await worker.GetAsync(accepted.Headers.Location!.ToString())).Content.ReadAsStringAsync(Cancellation))!,
            job => (string?)job["state"] == state,
            $"the job is {state}");
    }
}
