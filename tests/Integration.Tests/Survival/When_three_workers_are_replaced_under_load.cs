using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Deploy;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// Three workers with the environment of docker-compose.yml: one is killed, one restarted, one replaced by a copy in another folder. One in a
/// hundred deliveries fails at first, and whichever worker is free makes its second attempt, in the same trace.
/// <c>THREE_WORKERS_DELIVERIES=50000</c> makes the flow longer, <c>THREE_WORKERS_OUTPUT</c> names published files to start instead of those
/// that the other tests start.
/// </summary>
public sealed partial class When_three_workers_are_replaced_under_load(TestServers servers)
{
    private const int Slices = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static int Deliveries => int.Parse(Environment.GetEnvironmentVariable("THREE_WORKERS_DELIVERIES") ?? "4000", CultureInfo.InvariantCulture);

    private static string Output => Environment.GetEnvironmentVariable("THREE_WORKERS_OUTPUT") ?? Path.GetDirectoryName(WorkerCommand.Assembly)!;

    [Fact]
    public async Task Should_lose_nothing_and_repeat_at_most_what_the_killed_one_had_in_flight()
    {
        using var next = new WorkerFolder(Output);
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var collector = await StartCollectorAsync();
        UseEnvironmentOfCompose(gateway, new Uri(collector.Urls.Single()));
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

        var runs = await gateway.WaitUntilEndedAsync(ids.Count);
        var posts = gateway.Merchant.Posts;
        var repeated = ids.Sum(id => Math.Max(0, posts.GetValueOrDefault(id) - (FailsAtFirst(id) ? 2 : 1)));
        Note($"{ids.Count} deliveries, {ids.Count(FailsAtFirst)} of them at the second attempt, took {started.Elapsed.TotalSeconds:0.0} s; {repeated} posts were repeated.");
        WorkerProcess[] all = [.. workers, restarted, upgraded];
        Note($"Delivered by killed, stopped, replaced, restarted, new: {string.Join(", ", all.Select(worker => worker.Delivered.Value))}.");

        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Empty(ids.Except(posts.Keys));
        Assert.InRange(repeated, 0, gateway.Concurrency);
        // A post that was repeated, because the worker was killed before Redis had its outcome, may have two rows.
        var succeeded = runs.Where(run => run is { State: JobState.Succeeded, Reason: null }).Select(run => run.JobId).ToArray();
        Assert.Equal(ids.Order(), succeeded.Distinct().Order());
        Assert.InRange(succeeded.Length - ids.Count, 0, repeated);
        Assert.All(all, worker => Assert.NotEqual(0, worker.Delivered.Value));
        var retried = TracesOf(all, "delivered at attempt 2").ToLookup(line => line.Trace, line => line.Worker);
        Assert.Contains(TracesOf(all, "failed at attempt 1"), failed => retried[failed.Trace].Any(worker => worker != failed.Worker));

        // Publishes a slice, and lets something happen when the merchant has half of it.
        async Task<WorkerProcess> WhileASliceFlows(Func<Task<WorkerProcess>> replace)
        {
            var size = Deliveries / Slices;
            var half = gateway.Merchant.Received.Value + (size / 2);
            var publishing = gateway.Publisher.PublishAsync(size, Cancellation);
            await gateway.Merchant.Received.WaitUntilAsync(half, Cancellation);
            var replaced = await replace();
            ids.AddRange(await publishing);
            return replaced;
        }
    }

    // Which worker has written a line of which trace.
    private static IEnumerable<(int Worker, string Trace)> TracesOf(WorkerProcess[] workers, string text) => workers
        .SelectMany((worker, index) => worker.Output.Split('\n')
            .Where(line => line.Contains(text, StringComparison.Ordinal))
            .Select(line => TraceId.Match(line))
            .Where(trace => trace.Success)
            .Select(trace => (index, trace.Groups[1].Value)));

    // Takes whatever is sent: with a collector there are traces, and the log lines name theirs.
    private static async Task<WebApplication> StartCollectorAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/v1/{signal}", () => Results.Ok());
        await app.StartAsync(Cancellation);
        return app;
    }

    private static void UseEnvironmentOfCompose(Deployment gateway, Uri collector)
    {
        // What leads to servers is the test's; all else is as in the file.
        var composed = ComposeFile.Read(Repository.PathOf("docker-compose.yml")).Services["worker"].Environment
            .Where(variable => !variable.Key.StartsWith("SMTP_", StringComparison.Ordinal));
        foreach (var (name, value) in composed)
        {
            gateway.Settings.TryAdd(name, value);
        }

        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        gateway.Settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.ToString();
        gateway.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        // As where no terminal is.
        gateway.Settings["LOG_FORMAT"] = "json";
    }

    // One of a hundred.
    private static bool FailsAtFirst(Guid id) => id.ToByteArray()[15] % 100 == 0;

    private static void Note(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);

    [GeneratedRegex(@"""trace_id"":""([0-9a-f]{32})""")]
    private static partial Regex TraceId { get; }
}
