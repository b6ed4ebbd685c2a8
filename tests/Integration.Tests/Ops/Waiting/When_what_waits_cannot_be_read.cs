using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Waiting;

/// <summary>A newer version has let it wait, or somebody has changed the row by hand.</summary>
public sealed class When_what_waits_cannot_be_read(When_what_waits_cannot_be_read.Worker worker) : IClassFixture<When_what_waits_cannot_be_read.Worker>
{
    private static readonly DateTime Past = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_set_aside_with_the_reason_and_let_the_others_of_its_release_go()
    {
        var merchant = (await worker.AddMerchant()).Answers(204);
        var misfit = Entry("""{"delivery_id":17,"canary":"secret"}""", merchant.Key);
        var broken = Entry("""{"delivery_id":"secret""", merchant.Key);
        var ofAnother = Entry(Encoding.UTF8.GetString(Rows.Waiting(merchant.Key, Past).Message), merchant.Key);
        var readable = Rows.Waiting(merchant.Key, Past);

        await worker.Write(db =>
        {
            db.AddRange(misfit, broken, ofAnother, readable);
            db.Add(new WaitingMerchant { MerchantId = merchant.Key, NextAt = Past, Rank = 0 });
        });

        Assert.Equal(readable.DeliveryId.ToString(), (await merchant.WaitUntilReceivedAsync()).Headers["webhook-id"]);
        var aside = await Eventually.Read(
            async () => (await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/waiting?merchant_id={merchant.Id}&unreadable=true", Cancellation))
                .GetProperty("waiting").EnumerateArray().ToDictionary(entry => entry.GetProperty("delivery_id").GetGuid(), entry => entry.GetProperty("unreadable_reason").GetString()),
            found => found.Count == 3,
            "The three that cannot be read");
        Assert.Equal("Its message does not fit the contract at $.delivery_id.", aside[misfit.DeliveryId]);
        Assert.StartsWith("Its message does not fit the contract at $", aside[broken.DeliveryId], StringComparison.Ordinal);
        Assert.Equal("Its message is for another delivery or another attempt.", aside[ofAnother.DeliveryId]);
        Assert.DoesNotContain(aside.Values, reason => reason!.Contains("secret", StringComparison.Ordinal));
        Assert.Single(merchant.Received);
    }

    private static WaitingWebhook Entry(string message, Guid merchant)
    {
        var known = Rows.Waiting(merchant, Past);
        return new WaitingWebhook
        {
            DeliveryId = known.DeliveryId,
            MerchantId = merchant,
            DueAt = Past,
            WaitsSince = known.WaitsSince,
            EnqueuedAt = known.EnqueuedAt,
            Attempt = known.Attempt,
            Reason = known.Reason,
            Event = known.Event,
            Message = Encoding.UTF8.GetBytes(message),
        };
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
