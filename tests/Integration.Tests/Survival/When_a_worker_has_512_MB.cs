using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// A worker of the size that the guide names, in a control group as a container's: large payloads to a merchant that fails,
/// 100,000 that wait, thousands of merchants with TLS, and one merchant who has done nothing wrong. The thousands come at once, which needs
/// the most memory and lets the good merchant's wait behind what was published before them; <c>MERCHANTS_WITHIN_SECONDS=60</c> lets them
/// come within a minute. (docs/faults.md: B1, B3)
/// </summary>
public sealed class When_a_worker_has_512_MB(TestServers servers)
{
    private const int Large = 200;
    private const int Alone = 1_000;
    private const int Beside = 3_000;
    private const int Merchants = 5_000;
    private const int Waiting = 100_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static TimeSpan Within => TimeSpan.FromSeconds(
        double.Parse(Environment.GetEnvironmentVariable("MERCHANTS_WITHIN_SECONDS") ?? "0", CultureInfo.InvariantCulture));

    [Fact]
    public async Task Should_deliver_to_all_of_them()
    {
        using var cgroup = MemoryCgroup.TryCreate(512 * 1024 * 1024);
        Assert.SkipWhen(cgroup is null, "The kernel lets this user make no control group for memory (version 1).");
        using var authority = NewAuthority();
        using var certificate = NewCertificate(authority);
        var trusted = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(trusted, authority.ExportCertificatePem(), Cancellation);
            await using var gateway = await Deployment.CreateAsync(servers);
            await using var healthy = await CountingMerchant.StartAsync(Cancellation);
            await using var secure = await CountingMerchant.StartAsync(Cancellation, certificate);
            var healthyOne = Assert.Single(await gateway.AddMerchantsAsync(1, healthy));
            var secureOnes = await gateway.AddMerchantsAsync(Merchants, secure);
            // A host each, and so a connection each.
            await gateway.ExecuteAsync(
                $"""
                update merchants set webhook_url = 'https://m' || replace(id::text, '-', '') || '.merchant.localhost:{secure.Port}/hooks'
                where webhook_url like 'https://%'
                """);
            gateway.Merchant.Answer = (_, _) => StatusCodes.Status500InternalServerError;
            gateway.Settings["WEBHOOK_MAX_PAYLOAD"] = "1MiB";
            gateway.Settings["WORKER_CONCURRENCY"] = "64";
            gateway.Settings["WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.0/8,::1/128";
            gateway.Settings["SSL_CERT_FILE"] = trusted;
            // As the image has it.
            gateway.Settings["DOTNET_GCgen0size"] = "0x2000000";
            gateway.Settings["DOTNET_GCHeapHardLimitPercent"] = "0x32";
            var worker = await gateway.StartWorkerAsync(cgroup!);
            await using var publisher = gateway.NewPublisher(healthyOne);
            // What it costs to start is not measured.
            await PaceAsync(publisher, healthy, Alone);
            var alone = await PaceAsync(publisher, healthy, Alone);
            await LetWaitAsync(gateway);

            var beside = PaceAsync(publisher, healthy, Beside);
            await PublishAsync(gateway, secureOnes, Within);
            var crowded = await beside;
            await secure.Received.WaitUntilAsync(Merchants, Cancellation);
            await gateway.WaitUntilDeadLettersAsync(Large);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{cgroup!.MostUsed / 1_000_000} MB at the most; the good merchant's p99 {alone:F0} ms alone, {crowded:F0} ms beside the others");
            Assert.Equal(0, cgroup.Killed);
            Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("ready"));
            Assert.DoesNotContain("OutOfMemory", worker.Output, StringComparison.Ordinal);
            Assert.Equal(0, await worker.StopAsync());
            Assert.Equal((2 * Alone + Beside, 0), (healthy.Posts.Count, healthy.PostedAgain));
            Assert.Equal((Merchants, 0), (secure.Posts.Count, secure.PostedAgain));
            Assert.Equal(Waiting, await gateway.QueryAsync("select count(*) from waiting_webhooks"));
        }
        finally
        {
            File.Delete(trusted);
        }
    }

    /// <summary>Publishes fifty a second and returns when all have come.</summary>
    /// <returns>The 99th percentile of their ages at the merchant, in milliseconds.</returns>
    private static async Task<double> PaceAsync(DeliveryPublisher publisher, CountingMerchant merchant, int count)
    {
        var before = merchant.Ages.Count;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        for (var i = 0; i < count && await timer.WaitForNextTickAsync(Cancellation); i++)
        {
            Assert.True(await publisher.TryPublishAsync(Guid.CreateVersion7(), Cancellation));
        }

        await merchant.Received.WaitUntilAsync(before + count, Cancellation);
        double[] ages = [.. merchant.Ages.Skip(before).Order()];
        return ages[ages.Length * 99 / 100];
    }

    // One to each of the merchants, and the large ones to the one that fails.
    private static async Task PublishAsync(Deployment gateway, IReadOnlyList<Guid> merchants, TimeSpan within)
    {
        var failing = gateway.MerchantId;
        using var timer = within > TimeSpan.Zero ? new PeriodicTimer(within / Merchants, TimeProvider.System) : null;
        foreach (var (number, merchant) in merchants.Index())
        {
            if (timer is not null)
            {
                await timer.WaitForNextTickAsync(Cancellation);
            }

            if (number % (Merchants / Large) == 0)
            {
                (gateway.Publisher.MerchantId, gateway.Publisher.Note) = (failing, new string('x', 1_000_000));
                await gateway.Publisher.PublishAsync(1, Cancellation);
                gateway.Publisher.Note = null;
            }

            gateway.Publisher.MerchantId = merchant;
            await gateway.Publisher.PublishAsync(1, Cancellation);
        }
    }

    // For an hour, of the merchant that fails.
    private static Task LetWaitAsync(Deployment gateway) => gateway.ExecuteAsync(
        $$"""
        insert into waiting_webhooks (
            delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults, is_redelivered, event, message)
        select gen_random_uuid(), '{{gateway.MerchantId}}', now() + interval '1 hour', now(), now(), 2, 0, 0, 0, false, 'payment.completed',
            convert_to('{"payload":{"n":' || n || '} }', 'UTF8')
        from generate_series(1, {{Waiting}}) n;
        insert into waiting_merchants (merchant_id, next_at, rank) values ('{{gateway.MerchantId}}', now() + interval '1 hour', 0)
        on conflict (merchant_id) do nothing
        """);

    private static X509Certificate2 NewAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Tests", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static X509Certificate2 NewCertificate(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=*.merchant.localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("*.merchant.localhost");
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
