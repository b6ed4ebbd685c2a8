using Gateway.Persistence.JobLog;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// Caught here and there, a lack of memory would leave a process that answers its probes and delivers nothing. (docs/faults.md: B1)
/// </summary>
public sealed class When_a_worker_runs_out_of_memory(TestServers servers)
{
    private const int Deliveries = 4;

    // As the shell tells of a process that has ended itself: 128 and SIGABRT.
    private const int Aborted = 134;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_end_and_leave_its_messages_to_one_that_has_more()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["WEBHOOK_MAX_PAYLOAD"] = "16MiB";
        // Enough to start, and less than one of the messages needs; in hex.
        var small = await gateway.StartWorkerAsync(("DOTNET_GCHeapHardLimit", "3000000"));

        gateway.Publisher.Note = new string('x', 12_000_000);
        var published = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);

        Assert.Equal(Aborted, await small.WaitUntilEndedAsync());
        Assert.Contains("Out of memory: give the process more", small.Output, StringComparison.Ordinal);
        Assert.Null(await small.AskAsync("live"));

        await gateway.StartWorkerAsync();
        var runs = await gateway.WaitUntilEndedAsync(Deliveries);
        Assert.All(runs, run => Assert.Equal(JobState.Succeeded, run.State));
        Assert.Equal(published.Order(), gateway.Merchant.Posts.Keys.Order());
        Assert.Empty(await gateway.StopAndCountAsync());
    }
}
