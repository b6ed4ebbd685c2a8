using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>A worker with the memory that a container of 512 MB gives it. (docs/faults.md: B1)</summary>
public sealed class When_payloads_are_large(TestServers servers)
{
    private const int Large = 300;
    private const int Small = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_to_the_others_and_go_through_them_all_without_running_out_of_memory()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await using var healthy = await CountingMerchant.StartAsync(Cancellation);
        var merchant = Assert.Single(await gateway.AddMerchantsAsync(1, healthy));
        gateway.Merchant.Answer = (_, _) => StatusCodes.Status500InternalServerError;
        gateway.Settings["WEBHOOK_MAX_PAYLOAD"] = "1MiB";
        gateway.Settings["WORKER_CONCURRENCY"] = "64";
        // Three quarters of 512 MB, as the runtime takes in a container; in hex.
        gateway.Settings["DOTNET_GCHeapHardLimit"] = "18000000";
        var worker = await gateway.StartWorkerAsync();

        gateway.Publisher.Note = new string('x', 1_000_000);
        await gateway.Publisher.PublishAsync(Large, Cancellation);
        (gateway.Publisher.Note, gateway.Publisher.MerchantId) = (null, merchant);
        await gateway.Publisher.PublishAsync(Small, Cancellation);

        await healthy.Received.WaitUntilAsync(Small, Cancellation);
        await gateway.WaitUntilDeadLettersAsync(Large);
        Assert.False(worker.HasExited);
        Assert.DoesNotContain("OutOfMemory", worker.Output, StringComparison.Ordinal);
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.Equal(0, healthy.PostedAgain);
        Assert.All(gateway.Merchant.Posts.Values, posts => Assert.Equal(3, posts));
    }
}
