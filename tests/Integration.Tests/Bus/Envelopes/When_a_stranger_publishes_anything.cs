using System.Globalization;
using System.Text.Json;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Bus.Envelopes;

/// <summary>
/// A client that is not ours (pika, Debian's python3-pika) writes any properties and any headers beside the
/// message. Every merchant refuses, so that each message goes all the way: the first attempt, its retries, and the end.
/// (docs/faults.md: A1)
/// </summary>
public sealed class When_a_stranger_publishes_anything(When_a_stranger_publishes_anything.Worker worker)
    : IClassFixture<When_a_stranger_publishes_anything.Worker>
{
    private const int Messages = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_bring_each_message_to_an_end_that_somebody_can_find()
    {
        var seed = Random.Shared.Next();
        var (merchants, ids) = (new TestMerchant[Messages], new Guid[Messages]);
        for (var i = 0; i < Messages; i++)
        {
            // One each, because an endpoint that only fails is soon left alone for a while.
            merchants[i] = (await worker.AddMerchant()).Answers(500);
            ids[i] = Guid.CreateVersion7();
        }

        var written = await PublishAsync(seed, [.. merchants.Select((merchant, i) =>
            $$"""{"delivery_id":"{{ids[i]}}","merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{"amount":1.10} }""")]);

        var letters = await Eventually.Read(LettersAsync, letters => ids.All(letters.ContainsKey), $"every message has an end (seed {seed})");
        for (var i = 0; i < Messages; i++)
        {
            var what = $"message {i} of seed {seed}: {written[i]}";
            var reason = letters[ids[i]].GetProperty("reason").GetString();
            Assert.True(reason == "exhausted", $"{reason}: {what}");
            Assert.True(merchants[i].Received.Count == 6, $"{merchants[i].Received.Count} posts: {what}");
            Assert.True(merchants[i].Received.All(webhook => webhook.Id == ids[i]), what);
        }

        await worker.WaitUntilNothingWaitsAsync();
    }

    private async Task<Dictionary<Guid, JsonElement>> LettersAsync()
    {
        var page = JsonElement.Parse(await worker.Api.GetByteArrayAsync("/api/dead-letters?order=newest&limit=500", Cancellation));
        return page.GetProperty("dead_letters").EnumerateArray().Where(letter => letter.TryGetProperty("job_id", out _))
            .ToDictionary(letter => letter.GetProperty("job_id").GetGuid());
    }

    /// <returns>The properties of each message, as text.</returns>
    private async Task<string[]> PublishAsync(int seed, string[] messages)
    {
        // Debian's own Python, for which the package is.
        var pika = await Command.RunAsync(
            [
                "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "Bus", "Envelopes", "publish_anything.py"), worker.BrokerUri.ToString(),
                "Gateway.Contracts:DeliverWebhook", seed.ToString(CultureInfo.InvariantCulture),
            ],
            Cancellation,
            input: string.Concat(messages.Select(message => JsonSerializer.Serialize(new { body = message }) + "\n")));
        Assert.True(pika.ExitCode == 0, $"seed {seed}: {pika.Errors}");
        return pika.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
