using System.Net;
using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Workers;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.DeadLetters;

/// <summary>Dead letters are kept and put back without any server.</summary>
[Collection("Scraped")]
public class When_the_worker_is_embedded
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_keep_a_dead_letter_and_put_it_back()
    {
        await using var worker = await EmbeddedWorker.StartAsync();
        var delivery = new DeliverWebhook { MerchantId = "m", Event = "", Payload = JsonElement.Parse("""{"amount":1.10}""") };
        await worker.Services.GetRequiredService<IBus>().Publish(delivery, Cancellation);

        var letter = Assert.Single(await WaitUntilLettersAsync(worker, "dead", 1));
        Assert.Equal((delivery.DeliveryId, "invalid_event"), (letter.GetProperty("job_id").GetGuid(), letter.GetProperty("reason").GetString()));
        Assert.Equal("1.10", letter.GetProperty("payload").GetProperty("payload").GetProperty("amount").GetRawText());

        using var requeued = await worker.PostAsync($"/api/dead-letters/{letter.GetProperty("id").GetGuid()}/requeue");
        Assert.Equal(HttpStatusCode.Accepted, requeued.StatusCode);

        // Nobody has mended it, so it dies again.
        var again = Assert.Single(await WaitUntilLettersAsync(worker, "dead", 1, except: letter.GetProperty("id").GetGuid()));
        Assert.Equal((delivery.DeliveryId, "invalid_event"), (again.GetProperty("job_id").GetGuid(), again.GetProperty("reason").GetString()));
        Assert.Single(await WaitUntilLettersAsync(worker, "requeued", 1));
    }

    [Fact]
    public async Task Should_put_back_what_is_kept_of_a_webhook()
    {
        await using var worker = await EmbeddedWorker.StartAsync();
        var (id, now) = (Guid.CreateVersion7(), TimeProvider.System.GetUtcNow().UtcDateTime);
        await worker.AddAsync(
            new DeadLetter { LetterId = id, DiedAt = now, Queue = "webhooks_retry", JobId = id, MerchantId = "m", Event = "e", Reason = "exhausted" },
            new KeptWebhook { DeliveryId = id, MerchantId = "m", Event = "e", Payload = """{"amount":1.10}""", KeptAt = now });

        using var requeued = await worker.PostAsync($"/api/dead-letters/{id}/requeue");
        Assert.Equal(HttpStatusCode.Accepted, requeued.StatusCode);

        await WaitUntilLettersAsync(worker, "requeued", 1);
        var jobs = worker.Services.GetRequiredService<JobHistory>();
        var runs = await Eventually.Read(() => jobs.GetAsync(id, Cancellation), runs => runs.Count >= 2, "a second run");

        Assert.Single(runs, run => run is { State: JobState.Queued, Reason: "requeued", Round: 1 });
        Assert.Single(runs, run => run is { State: JobState.Skipped, Reason: "unknown_merchant" });
        using var answer = await worker.GetAsync($"/api/jobs/{id}");
        var job = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Cancellation));
        var again = Assert.Single(job.GetProperty("sent_again").EnumerateArray());
        Assert.Equal(("requeued", 1), (again.GetProperty("reason").GetString(), again.GetProperty("round").GetInt32()));
        Assert.Equal(1, Assert.Single(job.GetProperty("attempts").EnumerateArray()).GetProperty("round").GetInt32());
    }

    private static Task<JsonElement[]> WaitUntilLettersAsync(EmbeddedWorker worker, string state, int count, Guid? except = null) => Eventually.Read(
        async () =>
        {
            using var answer = await worker.GetAsync($"/api/dead-letters?state={state}");
            return JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Cancellation)).GetProperty("dead_letters").EnumerateArray()
                .Where(letter => letter.GetProperty("id").GetGuid() != except).ToArray();
        },
        letters => letters.Length == count,
        $"{count} letters that are {state}");
}
