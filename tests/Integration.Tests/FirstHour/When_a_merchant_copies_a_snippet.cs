using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Gateway.Integration.Tests.Verifiers;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Workers;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

public sealed class When_a_merchant_copies_a_snippet(OtherPeoplesCode packages) : IClassFixture<OtherPeoplesCode>, IDisposable
{
    private readonly OtherPeoplesCode _packages = packages;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-snippets-");
    private readonly HttpClient _http = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("verify.cs")]
    [InlineData("verify.mjs")]
    [InlineData("verify.py")]
    public async Task Should_accept_what_the_worker_sends_and_answer_400_to_all_else(string name)
    {
        Assert.NotNull(_packages);
        (string, string)[] settings =
            [("GATEWAY_MODE", "embedded"), ("OPS_URL", "http://127.0.0.1:0"), ("DB_FILE", Path.Combine(_folder.FullName, "gateway.db"))];
        Uri? shop = null;
        // Stands before the snippet, and keeps what the worker sent.
        await using var door = await MerchantServer.StartAsync(
            Cancellation, async (webhook, response) => response.StatusCode = (int)await PostAsync(shop!, webhook.Headers, webhook.Body));
        var (merchant, secret) = await AddedMerchant.AddAsync(door.Url, settings);
        await using var snippet = await Snippet.StartAsync(name, ("WEBHOOK_SECRET", secret));
        shop = new Uri(await snippet.AddressAsync(), "/hooks");
        await using var worker = await WorkerProcess.StartAsync(
            settings.Select(setting => KeyValuePair.Create(setting.Item1, setting.Item2)));

        using var published = await _http.PostAsJsonAsync(
            new Uri(await worker.Address, "/api/jobs/webhooks"),
            new { merchant_id = merchant, @event = "payment.completed", payload = new { amount = "25.00", memo = "Tiền đã về 😀" } },
            Cancellation);
        published.EnsureSuccessStatusCode();

        var genuine = await Eventually.Comes(door.WaitUntilReceivedAsync, "the webhook");
        await snippet.WaitUntilWrittenAsync(
            output => output.Contains($"{genuine.Id} payment.completed", StringComparison.Ordinal), "says what came");
        await Eventually.Read(
            async () => await _http.GetStringAsync(new Uri(await worker.Address, $"/api/jobs/{genuine.Id}"), Cancellation),
            job => job.Contains("\"succeeded\"", StringComparison.Ordinal),
            "the delivery succeeds");

        var headers = genuine.Headers.Where(IsWebhooks).ToDictionary();
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(shop, headers, genuine.Body));
        foreach (var missing in headers.Keys)
        {
            var others = headers.Where(header => header.Key != missing).ToDictionary();
            Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(shop, others, genuine.Body));
        }

        var old = genuine.Timestamp - 301;
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(shop, Signed(genuine, secret, $"{old}"), genuine.Body));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(shop, Signed(genuine, secret, $"{genuine.Timestamp + 3600}"), genuine.Body));
        foreach (var nonsense in (string[])["soon", "-1", "1e9", "99999999999999999999", "9223372036854775807"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(shop, Signed(genuine, secret, nonsense), genuine.Body));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(shop, headers, [.. genuine.Body, (byte)' ']));
        foreach (var signature in (string[])["v1,", "v1", "v1a,AAAA", $"v1,{Convert.ToBase64String(new byte[32])}"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(shop, With(headers, signature), genuine.Body));
        }

        // Of several signatures, as while a secret is replaced, one is enough; and nothing above has ended it.
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync(shop, With(headers, $"v1,AAAA {genuine.Signatures[0]}"), genuine.Body));
    }

    private static bool IsWebhooks(KeyValuePair<string, string> header) => header.Key.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, string> With(Dictionary<string, string> headers, string signature) =>
        new(headers) { ["webhook-signature"] = signature };

    private static Dictionary<string, string> Signed(CapturedWebhook webhook, string secret, string timestamp)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes($"{webhook.Id}.{timestamp}."), .. webhook.Body];
        var signature = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), content);
        return new()
        {
            ["webhook-id"] = webhook.Id.ToString(),
            ["webhook-timestamp"] = timestamp,
            ["webhook-signature"] = "v1," + Convert.ToBase64String(signature),
        };
    }

    private async Task<HttpStatusCode> PostAsync(Uri url, IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        foreach (var (name, value) in headers.Where(IsWebhooks))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await _http.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }
}
