using System.Text;
using System.Text.Json;
using CsCheck;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Integration.Tests.Ops.DeadLetters;

/// <summary>
/// Anybody may publish any bytes with any headers: each message is a letter that is listed, put back and dropped, and hides no other.
/// (docs/faults.md: C1)
/// </summary>
public sealed class When_dead_letters_hold_anything(When_dead_letters_hold_anything.Worker worker) : IClassFixture<When_dead_letters_hold_anything.Worker>
{
    private const int Messages = 40;

    // Not NaN, for which the broker itself closes the connection of whoever publishes it.
    private static readonly object?[] Plain =
        [null, true, (byte)1, (short)-2, int.MinValue, long.MaxValue, 1.5, 0.1f, 12.50m, new AmqpTimestamp(1_700_000_000), "caf\ud83d"];

    private static readonly string?[] ContentTypes = [null, "application/json", "application/vnd.masstransit+json", "nonsense", "; ="];

    private static readonly Gen<object?> Headers = Gen.Recursive<object?>((depth, value) => depth > 3
        ? Gen.Const((object?)null)
        : Gen.OneOf(
            Gen.Byte.Array[0, 20].Select(bytes => (object?)bytes),
            Gen.Int[0, Plain.Length - 1].Select(i => Plain[i]),
            value.List[0, 3].Select(list => (object?)list),
            Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 0, 5], value)[0, 3].Select(table => (object?)table)));

    private static readonly Gen<(byte[] Body, string? ContentType, IDictionary<string, object?> Headers)> Message = Gen.Select(
        Gen.Byte.Array[1, 300],
        Gen.Int[0, ContentTypes.Length - 1].Select(i => ContentTypes[i]),
        Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 1, 10], Headers)[0, 4],
        (body, contentType, headers) => (body, contentType, (IDictionary<string, object?>)headers));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Deep => new string('[', 58) + new string(']', 58);

    public static TheoryData<string, byte[]> Invalid => new()
    {
        { "half of a surrogate pair", Encoding.UTF8.GetBytes("""{"merchant_id":17,"event":"caf\ud83d","payload":{"note":"caf\ud83d"} }""") },
        { "a byte that is no UTF-8", [.. """{"merchant_id":"m","event":"caf"""u8, 0xE9, .. "\",\"payload\":[1]}"u8] },
        { "a payload 61 levels deep", Encoding.UTF8.GetBytes($$"""{"merchant_id":"m","payload":{"a":{{Deep}}} }""") },
        { "zeros", new byte[100] },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task Should_show_put_back_and_drop_it(string what, byte[] body)
    {
        var id = Guid.CreateVersion7().ToString();
        await worker.Broker.Publish("", QueueNames.Webhooks, body, new BasicProperties { MessageId = id, ContentType = "application/json" });
        var letter = await worker.WaitUntilDeadLetterAsync(id);

        var shown = Assert.Single(await ListAsync(), l => l.GetProperty("id").GetGuid() == letter.LetterId);
        Assert.True(shown.TryGetProperty("unreadable", out _), what);
        Assert.Equal(body, shown.GetProperty("body_base64").GetBytesFromBase64());

        await ChangeAsync(HttpMethod.Post, $"/{letter.LetterId}/requeue");
        // It cannot be read this time either.
        var again = (await Eventually.Read(ListAsync, all => all.Any(IsAgain), $"{what} is a dead letter again")).Single(IsAgain);
        await ChangeAsync(HttpMethod.Delete, $"/{again.GetProperty("id").GetGuid()}");
        Assert.DoesNotContain(await ListAsync(), IsAgain);

        bool IsAgain(JsonElement l) => l.GetProperty("id").GetGuid() != letter.LetterId && l.GetProperty("headers").GetRawText().Contains(id, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_lose_none_of_many_and_deliver_what_comes_between() => await Message.Array[Messages].SampleAsync(
        async messages =>
        {
            var merchant = await worker.AddMerchant();
            var ids = messages.Select(_ => Guid.CreateVersion7().ToString()).ToHashSet();
            foreach (var (message, id) in messages.Zip(ids))
            {
                await worker.Broker.Publish(
                    "", QueueNames.Webhooks, message.Body, new BasicProperties { MessageId = id, ContentType = message.ContentType, Headers = message.Headers });
            }

            var delivery = await worker.Publish(merchant);
            Assert.Equal(JobState.Succeeded, (await worker.WaitUntilEndedAsync(delivery.DeliveryId))[^1].State);

            await Eventually.Read(ListAsync, all => all.Count(l => ids.Contains(IdOf(l))) == Messages, "each is a letter");
            await ChangeAsync(HttpMethod.Post, "/requeue");
            await Eventually.Read(() => ListAsync("requeued"), all => all.Count(l => ids.Contains(IdOf(l))) == Messages, "each was put back");
            await Eventually.Read(ListAsync, all => all.Count(l => ids.Contains(IdOf(l))) == Messages, "each is a letter again");
            await ChangeAsync(HttpMethod.Post, "/drop");
            await Eventually.Read(ListAsync, all => all.Count == 0, "each is dropped");
        },
        iter: 3,
        threads: 1);

    private static string IdOf(JsonElement letter) => letter.GetProperty("headers").GetProperty("message_id").GetString()!;

    private Task<IReadOnlyList<JsonElement>> ListAsync() => ListAsync("dead");

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string state)
    {
        var letters = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = JsonElement.Parse(await worker.Api.GetByteArrayAsync($"/api/dead-letters?limit=7&state={state}{(cursor == "" ? "" : $"&cursor={cursor}")}", Cancellation));
            letters.AddRange(page.GetProperty("dead_letters").EnumerateArray());
            cursor = page.TryGetProperty("cursor", out var next) ? next.GetString() : null;
        }

        return letters;
    }

    private async Task ChangeAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, "/api/dead-letters" + path) { Content = method == HttpMethod.Post ? new StringContent("""{"all":true}""", Encoding.UTF8, "application/json") : null };
        using var answer = await worker.Api.SendAsync(request, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancellation)}");
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
