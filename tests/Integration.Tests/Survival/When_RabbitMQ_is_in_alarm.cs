using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Integration.Tests.Servers;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>FAULTS A3: RabbitMQ is short of memory. It reads nothing from connections that publish, acknowledgements included.</summary>
public sealed class When_RabbitMQ_is_in_alarm(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private const int Deliveries = 3_000;
    private const int Unreadable = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_drain_what_it_has_and_publish_the_rest_afterwards()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        // One of eight fails once: its retry, its letter and what is told of it are to be published.
        gateway.Merchant.Answer = (id, post) => Fails(id) && post == 1 ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
        var worker = await gateway.StartWorkerAsync();
        // The connections have published before.
        await gateway.Publisher.PublishAsync(100, Cancellation);
        await gateway.HasEndedAsync(100);
        await gateway.HasWaitingAsync(0);
        gateway.Merchant.HoldAfter(0);
        var published = await gateway.Publisher.PublishAsync(Deliveries, Cancellation);
        for (var i = 0; i < Unreadable; i++)
        {
            await gateway.Publisher.PublishAsync("DeliverWebhook", new JsonObject { ["merchant_id"] = i }, Guid.CreateVersion7(), Cancellation);
        }

        await gateway.Merchant.Held.ReachesAsync(gateway.Concurrency, Cancellation);
        await own.Servers.RabbitMq.AlarmAsync(Cancellation);
        await worker.LogsAsync("RabbitMQ takes no messages: memory alarm on");
        gateway.Merchant.Release();

        var good = published.Count(id => !Fails(id));
        await gateway.HasEndedAsync(100 + good);
        await gateway.HasInHandAsync(QueueNames.Webhooks, Unreadable);
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("ready"));
        Assert.Contains("memory alarm", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        using (var api = await gateway.OpenApiAsync(worker))
        using (var refused = await api.PostAsJsonAsync("/api/jobs/webhooks", gateway.Publisher.MessageOf(Guid.CreateVersion7()), Cancellation))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("memory alarm", await refused.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        await own.Servers.RabbitMq.CalmAsync(Cancellation);

        var runs = await gateway.HasEndedAsync(100 + Deliveries);
        await gateway.HasLettersAsync(Unreadable);
        await worker.LogsAsync("RabbitMQ takes messages again");
        Assert.Empty(await gateway.StopAndCountAsync());
        Assert.All(gateway.Merchant.Posts, post => Assert.Equal(Fails(post.Key) ? 2 : 1, post.Value));
        Assert.Equal(gateway.Merchant.Received.Value, runs.Count(run => run.State is JobState.Succeeded or JobState.Retrying));
    }

    private static bool Fails(Guid id) => id.ToByteArray()[15] % 8 == 0;
}
