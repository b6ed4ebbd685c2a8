using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Workers;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

public sealed class When_a_stranger_sends_a_first_webhook : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-first-");
    private readonly HttpClient _http = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.FullName, "gateway.db");

    private (string Variable, string Value)[] Settings =>
        [("GATEWAY_MODE", "embedded"), ("OPS_URL", "http://127.0.0.1:0"), ("DB_FILE", File), ("LOG_FORMAT", "json")];

    public void Dispose()
    {
        _http.Dispose();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Should_get_it_verified_at_an_endpoint_of_their_own()
    {
        await using var shop = await MerchantServer.StartAsync(Cancellation);
        await using var worker = await StartAsync();
        var (merchant, secret) = await AddedMerchant.AddAsync(shop.Url, Settings);

        await PublishAsync(worker, merchant);

        var webhook = await Eventually.Comes(shop.WaitUntilReceivedAsync, "the webhook");
        byte[] content = [.. Encoding.UTF8.GetBytes($"{webhook.Headers["webhook-id"]}.{webhook.Timestamp}."), .. webhook.Body];
        var signature = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), content);
        Assert.Equal($"v1,{Convert.ToBase64String(signature)}", Assert.Single(webhook.Signatures));
        Assert.Contains($"The database is {File}.", worker.Output, StringComparison.Ordinal);
        Assert.Single(worker.Output.Split('\n'), line => line.Contains("WEBHOOK_ALLOW_LOCAL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Should_read_why_an_address_is_refused_and_what_to_set()
    {
        await using var worker = await StartAsync(("WEBHOOK_ALLOW_LOCAL", "false"));
        var (merchant, _) = await AddedMerchant.AddAsync(new Uri("https://127.0.0.1/hooks"), Settings);

        await PublishAsync(worker, merchant);

        await worker.WaitUntilLoggedAsync("failed at attempt 1: address_refused in ");
        Assert.Contains(
            "127.0.0.1 is not a public address: it is a loopback address. "
                + "For development, WEBHOOK_ALLOW_LOCAL=true lets webhooks reach this machine.",
            worker.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("(null)", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_see_the_merchants_without_their_secrets()
    {
        var (merchant, secret) = await AddedMerchant.AddAsync(new Uri("https://merchant.example/hooks?token=t-o-k-e-n"), Settings);

        var list = await WorkerCommand.RunAsync(["merchants", "list"], Settings);

        Assert.Contains($"{merchant}\tMy shop\tactive\thttps://merchant.example/hooks\n", list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, list.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://merchant.example/")]
    [InlineData("https://user:word@merchant.example/")]
    [InlineData("merchant.example")]
    public async Task Should_be_told_which_endpoints_are_accepted(string url)
    {
        var refused = await WorkerCommand.RunAsync(["merchants", "add", "--name", "My shop", "--url", url], Settings);

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith("--url: not an https or http address", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("word", refused.Errors, StringComparison.Ordinal);
    }

    private Task<WorkerProcess> StartAsync(params (string Variable, string Value)[] more) =>
        WorkerProcess.StartAsync([.. Settings.Concat(more).Select(setting => KeyValuePair.Create(setting.Variable, setting.Value))]);

    private async Task PublishAsync(WorkerProcess worker, string merchant)
    {
        using var answer = await _http.PostAsJsonAsync(
            new Uri(await worker.Address, "/api/jobs/webhooks"),
            new { merchant_id = merchant, @event = "payment.completed", payload = new { amount = "25.00" } },
            Cancellation);
        answer.EnsureSuccessStatusCode();
    }
}
