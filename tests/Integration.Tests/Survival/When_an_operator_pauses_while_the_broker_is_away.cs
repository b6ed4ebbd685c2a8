using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Testing.Network;
using Gateway.Testing.Servers;
using Gateway.Worker.Payments;
using Gateway.Worker.Settlement;
using Gateway.Worker.Wallets;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>A pause is a brake. It must answer and be heard whatever the broker does. (docs/faults.md: G4, G7)</summary>
public sealed class When_an_operator_pauses_while_the_broker_is_away(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_answer_from_what_was_written()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        var worker = await gateway.StartWorkerAsync();
        using var api = await gateway.OpenApiAsync(worker);

        await using (await own.Servers.RabbitMq.StopAsync(Cancellation))
        {
            await worker.WaitUntilAsync(HttpStatusCode.ServiceUnavailable);
            var paused = await PostAsync(api, "pause");
            Assert.Equal((true, "tests"), (paused.GetProperty("paused").GetBoolean(), paused.GetProperty("paused_by").GetString()));
            // It stays as it is.
            Assert.Equal(paused.GetProperty("paused_at").GetDateTime(), (await PostAsync(api, "pause")).GetProperty("paused_at").GetDateTime());
            Assert.False((await PostAsync(api, "resume")).GetProperty("paused").GetBoolean());

            // The figures too: what the broker alone knows is unknown, and the rest is told.
            var queues = (await api.GetFromJsonAsync<JsonElement>("/api/queues", Cancellation)).EnumerateArray().ToArray();
            Assert.Equal(5, queues.Length);
            Assert.All(queues, queue => Assert.Contains("ready", queue.GetProperty("unknown").EnumerateArray().Select(figure => figure.GetString())));
            Assert.All(queues, queue => Assert.Equal(0, queue.GetProperty("dead").GetInt64()));
        }

        await worker.WaitUntilAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Should_hear_of_later_pauses_while_a_connection_says_nothing_and_consume_again_when_it_is_back()
    {
        await using var gateway = await Deployment.CreateAsync(own.Servers);
        await using var relay = new TcpRelay(own.Servers.RabbitMq.Host, own.Servers.RabbitMq.Port);
        gateway.Settings["RABBITMQ_PORT"] = relay.Port.ToString(CultureInfo.InvariantCulture);
        var worker = await gateway.StartWorkerAsync();
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);
        using var api = await gateway.OpenApiAsync(worker);

        relay.Hold();
        await PostAsync(api, "pause");
        // Each is read a second later at the earliest, so all but the first while the endpoint of the webhooks cannot stop.
        foreach (var queue in new[] { ExpirePaymentsJob.Definition.Queue, CheckWalletBalancesJob.Definition.Queue, GenerateSettlementReportJob.Definition.Queue })
        {
            await gateway.ExecuteAsync($"insert into queue_pauses (queue, paused_at, paused_by) values ('{queue}', now(), 'somebody')");
            await worker.WaitUntilLoggedAsync($"Queue {queue} is paused");
        }

        relay.LetThrough();
        await relay.CutAsync();
        await gateway.ExecuteAsync("delete from queue_pauses");

        await gateway.Publisher.PublishAsync(20, Cancellation);
        await gateway.WaitUntilEndedAsync(21);
        await worker.WaitUntilAsync(HttpStatusCode.OK);
        // With exit code 0, so no part of it has ended by an exception.
        Assert.Empty(await gateway.StopAndCountAsync());
    }

    private static async Task<JsonElement> PostAsync(HttpClient api, string change)
    {
        using var answer = await api.PostAsync($"/api/queues/webhooks/{change}", null, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }
}
