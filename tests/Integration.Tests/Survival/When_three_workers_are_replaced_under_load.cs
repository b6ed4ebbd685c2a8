using System.Diagnostics;
using System.Globalization;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Gateway.Tests.Deploy;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// Three workers with the environment of docker-compose.yml: one is killed, one restarted, one replaced by a copy in another folder.
/// <c>THREE_WORKERS_DELIVERIES=50000</c> makes the flow longer, <c>THREE_WORKERS_OUTPUT</c> names published files to start instead of the
/// built ones.
/// </summary>
[Collection(OnMigratedDatabase.Name)]
public sealed class When_three_workers_are_replaced_under_load(TestServers servers, MigratedDatabase migrated)
{
    private const int Slices = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int Deliveries => int.Parse(Environment.GetEnvironmentVariable("THREE_WORKERS_DELIVERIES") ?? "4000", CultureInfo.InvariantCulture);

    private static string Output => Environment.GetEnvironmentVariable("THREE_WORKERS_OUTPUT") ?? AppContext.BaseDirectory;

    [Fact]
    public async Task Should_lose_nothing_and_repeat_at_most_what_the_killed_one_had_in_flight()
    {
        using var next = new WorkerFolder(Output);
        await using var gateway = await Deployment.CreateAsync(servers, migrated);
        UseEnvironmentOfCompose(gateway);
        // A retry is consumed by whoever is free, often another worker than the one that failed.
        gateway.Merchant.Answer = (id, post) => FailsAtFirst(id) && post == 1 ? StatusCodes.Status500InternalServerError : StatusCodes.Status204NoContent;

        var started = Stopwatch.StartNew();
        var starting = Enumerable.Range(0, 3).Select(_ => gateway.StartWorkerFromAsync(Output)).ToArray();
        var workers = await Task.WhenAll(starting);
        Note($"Three workers were ready after {started.Elapsed.TotalSeconds:0.0} s.");
        started.Restart();

        var ids = new List<Guid>();
        await WhileASliceFlows(async () =>
        {
            await workers[0].KillAsync();
            return workers[0];
        });
        var restarted = await WhileASliceFlows(async () =>
        {
            Assert.Equal(0, await workers[1].StopAsync());
            return await gateway.StartWorkerFromAsync(Output);
        });
        var upgraded = await WhileASliceFlows(async () =>
        {
            Assert.Equal(0, await workers[2].StopAsync());
            return await gateway.StartWorkerFromAsync(next.FullName);
        });
        await WhileASliceFlows(() => Task.FromResult(upgraded));

        var runs = await gateway.HasEndedAsync(ids.Count);
        var posts = gateway.Merchant.Posts;
        var repeated = ids.Sum(id => Math.Max(0, posts.GetValueOrDefault(id) - (FailsAtFirst(id) ? 2 : 1)));
        Note($"{ids.Count} deliveries, {ids.Count(FailsAtFirst)} of them at the second attempt, took {started.Elapsed.TotalSeconds:0.0} s; {repeated} posts were repeated.");
        WorkerProcess[] all = [.. workers, restarted, upgraded];
        Note($"Delivered by killed, stopped, replaced, restarted, new: {string.Join(", ", all.Select(worker => worker.Delivered.Value))}.");

        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Empty(ids.Except(posts.Keys));
        Assert.InRange(repeated, 0, gateway.Concurrency);
        Assert.Equal(ids.Order(), runs.Where(run => run.State == JobState.Succeeded).Select(run => run.JobId).Order());
        Assert.All(all, worker => Assert.NotEqual(0, worker.Delivered.Value));

        // Publishes a slice, and lets something happen when the merchant has half of it.
        async Task<WorkerProcess> WhileASliceFlows(Func<Task<WorkerProcess>> replace)
        {
            var size = Deliveries / Slices;
            var half = gateway.Merchant.Received.Value + (size / 2);
            var publishing = gateway.Publisher.PublishAsync(size, Cancellation);
            await gateway.Merchant.Received.ReachesAsync(half, Cancellation);
            var replaced = await replace();
            ids.AddRange(await publishing);
            return replaced;
        }
    }

    private static void UseEnvironmentOfCompose(Deployment gateway)
    {
        // What leads to servers is the test's; all else is as in the file.
        var composed = ComposeFile.Read(Repository.PathOf("docker-compose.yml")).Services["worker"].Environment
            .Where(variable => !variable.Key.StartsWith("OTEL_", StringComparison.Ordinal) && !variable.Key.StartsWith("SMTP_", StringComparison.Ordinal));
        foreach (var (name, value) in composed)
        {
            gateway.Settings.TryAdd(name, value);
        }

        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
    }

    // One of a hundred.
    private static bool FailsAtFirst(Guid id) => id.ToByteArray()[15] % 100 == 0;

    private static void Note(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);
}
