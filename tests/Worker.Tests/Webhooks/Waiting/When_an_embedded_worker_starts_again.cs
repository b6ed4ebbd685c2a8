using System.Globalization;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Testing;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Gateway.Worker.Tests.Webhooks.Sending;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Waiting;

/// <summary>The bus of an embedded worker ends with its process; what waits is in its database.</summary>
// Its worker would be heard by a scrape beside it: instruments of one name are the process's.
[Collection("Scraped")]
public sealed class When_an_embedded_worker_starts_again
{
    private const string Failed = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    private const string Accepted = "HTTP/1.1 204 Yes\r\n\r\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_send_the_retry_that_waited()
    {
        var requests = 0;
        await using var merchant = new Endpoint(connection => connection.WriteAsync(Interlocked.Increment(ref requests) == 1 ? Failed : Accepted));
        await using var worker = await StartAsync(merchant, "1h,2h");
        var id = await PublishAsync(worker);
        Assert.Equal(id, await WaitUntilReceivedAsync(merchant));
        await WaitUntilWaitingAsync(worker, 1);

        await worker.RestartAsync();
        using var released = await worker.PostAsync("/api/waiting/release", $$"""{"delivery_id":"{{id}}"}""");
        Assert.True(released.IsSuccessStatusCode);

        Assert.Equal(id, await WaitUntilReceivedAsync(merchant));
        await WaitUntilWaitingAsync(worker, 0);
        Assert.Equal(2, requests);
    }

    [Fact]
    public async Task Should_send_the_retry_again_that_was_being_posted()
    {
        var requests = 0;
        await using var merchant = new Endpoint(connection => Interlocked.Increment(ref requests) switch
        {
            1 => connection.WriteAsync(Failed),
            2 => connection.HangAsync(),
            _ => connection.WriteAsync(Accepted),
        });
        await using var worker = await StartAsync(merchant, "10ms,1h");
        var id = await PublishAsync(worker);
        Assert.Equal(id, await WaitUntilReceivedAsync(merchant));
        Assert.Equal(id, await WaitUntilReceivedAsync(merchant));

        await worker.RestartAsync();

        Assert.Equal(id, await WaitUntilReceivedAsync(merchant));
        await WaitUntilWaitingAsync(worker, 0);
        Assert.Equal(3, requests);
    }

    private static async Task<EmbeddedWorker> StartAsync(Endpoint merchant, string delays)
    {
        var worker = await EmbeddedWorker.StartAsync(
            ("WEBHOOK_ALLOW_HTTP", "true"),
            ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8"),
            ("WEBHOOK_ALLOWED_PORTS", merchant.Port.ToString(CultureInfo.InvariantCulture)),
            ("WEBHOOK_RETRY_DELAYS", delays),
            // What hangs is cut off when the worker stops.
            ("WORKER_STOP_TIMEOUT", "1s"));
        var row = Rows.Merchant(merchant.Url().ToString());
        row.WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        await worker.AddAsync(row);
        return worker;
    }

    private static async Task<Guid> PublishAsync(EmbeddedWorker worker)
    {
        await using var db = await ContextAsync(worker);
        var merchant = await db.Merchants.SingleAsync(Cancellation);
        var delivery = new DeliverWebhook
        {
            MerchantId = merchant.Id.ToString(),
            Event = "payment.completed",
            Payload = JsonElement.Parse("""{"amount":"25.00"}"""),
        };
        await worker.Services.GetRequiredService<IBus>().Publish(delivery, Cancellation);
        return delivery.DeliveryId;
    }

    private static async Task<Guid> WaitUntilReceivedAsync(Endpoint merchant) => Guid.Parse((await merchant.Requests.ReadAsync(Cancellation)).Header("webhook-id")!);

    private static async Task WaitUntilWaitingAsync(EmbeddedWorker worker, int count)
    {
        await using var db = await ContextAsync(worker);
        await Eventually.Read(() => db.WaitingWebhooks.CountAsync(Cancellation), waiting => waiting == count, $"{count} webhooks wait");
    }

    private static Task<GatewayDbContext> ContextAsync(EmbeddedWorker worker) =>
        worker.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
}
