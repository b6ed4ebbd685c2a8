using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Gateway.Contracts;
using Gateway.Persistence.JobLog;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Isolation;

/// <summary>
/// A hundred endpoints that never answer and a hundred whose name servers never do leave the others their slots, and lose nothing.
/// (docs/faults.md: B2)
/// </summary>
public sealed class When_hundreds_of_merchants_hang(When_hundreds_of_merchants_hang.Worker worker)
    : IClassFixture<When_hundreds_of_merchants_hang.Worker>
{
    private const int OfEachKind = 100;
    private const int Healthy = 250;

    private static readonly TimeSpan FiftyASecond = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_what_is_for_the_healthy_one_while_the_others_hang()
    {
        var hangs = new TaskCompletionSource();
        List<TestMerchant> hanging = [];
        List<TestMerchant> unknown = [];
        for (var i = 0; i < OfEachKind; i++)
        {
            hanging.Add((await worker.AddMerchant()).Answers(new MerchantAnswer(200) { Until = hangs.Task }));
            unknown.Add(await worker.AddMerchant(m => m.WebhookUrl = $"http://shop-{m.Id}.example:{new Uri(m.WebhookUrl!).Port}/"));
        }

        var healthy = (await worker.AddMerchant()).Answers(200);
        var first = await worker.Publish(healthy);
        await worker.WaitUntilEndedAsync(first.DeliveryId);

        var waiting = await Task.WhenAll(hanging.Concat(hanging).Select(merchant => worker.Publish(merchant)));
        await Task.WhenAll(unknown.Concat(unknown).Select(merchant => worker.Publish(merchant)));
        try
        {
            var took = await DeliverAsync(healthy);

            // What the test says of time it only tells.
            Array.Sort(took);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"Publish to receipt beside them: p50 {took[took.Length / 2]:0} ms, p99 {took[took.Length * 99 / 100]:0} ms.");
            Assert.InRange(hanging.Sum(merchant => merchant.Received.Count), 1, Worker.Slots * 3 / 4);
            using var live = await worker.StrangersApi.GetAsync("/healthz/live", Cancellation);
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        }
        finally
        {
            hangs.SetResult();
        }

        foreach (var delivery in waiting)
        {
            Assert.Equal(JobState.Succeeded, (await worker.WaitUntilEndedAsync(delivery.DeliveryId))[^1].State);
        }

        Assert.Equal(waiting.Length, hanging.Sum(merchant => merchant.Received.Count));
    }

    /// <returns>
    /// Milliseconds from publishing to receipt of each. Returns when all are recorded, and so before those that hang are answered.
    /// </returns>
    private async Task<double[]> DeliverAsync(TestMerchant healthy)
    {
        var published = new ConcurrentDictionary<Guid, long>();
        var took = new ConcurrentBag<double>();
        List<DeliverWebhook> deliveries = [];
        healthy.OnReceived = () =>
        {
            if (published.TryGetValue(healthy.Received[^1].Id, out var at))
            {
                took.Add(TimeProvider.System.GetElapsedTime(at).TotalMilliseconds);
            }
        };
        using var pace = new PeriodicTimer(FiftyASecond, TimeProvider.System);
        for (var i = 0; i < Healthy; i++)
        {
            var delivery = TestWorker.NewDelivery(healthy);
            published[delivery.DeliveryId] = TimeProvider.System.GetTimestamp();
            await worker.Bus.Publish(delivery, Cancellation);
            deliveries.Add(delivery);
            await pace.WaitForNextTickAsync(Cancellation);
        }

        foreach (var delivery in deliveries)
        {
            Assert.Equal(JobState.Succeeded, Assert.Single(await worker.WaitUntilEndedAsync(delivery.DeliveryId)).State);
        }

        return [.. took];
    }

    public sealed class Worker(TestServers servers) : TestWorker(
        servers,
        ("WORKER_CONCURRENCY", $"{Slots}"),
        // Nothing that hangs ends by itself while the test runs, and no retry of what failed comes meanwhile.
        ("WEBHOOK_TIMEOUT", "10m"),
        ("WEBHOOK_RETRY_DELAYS", "10m,20m"))
    {
        public const int Slots = 64;

        private readonly Socket _silent = Bind();

        protected override IEnumerable<(string Variable, string Value)> MoreSettings =>
            [.. base.MoreSettings, ("WEBHOOK_NAME_SERVERS", ((IPEndPoint)_silent.LocalEndPoint!).ToString())];

        // It takes questions and nobody reads them.
        private static Socket Bind()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return socket;
        }
    }
}
