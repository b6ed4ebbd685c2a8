using System.Net;
using System.Net.Http.Headers;
using Gateway.Persistence;
using Gateway.Testing.Workers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Access;

/// <summary>
/// Behind a proxy everybody has its address, unless <c>OPS_TRUSTED_PROXIES</c> says whose <c>X-Forwarded-For</c> is believed.
/// (docs/faults.md: G3)
/// </summary>
[Collection("Scraped")]
public sealed class When_requests_come_through_proxies
{
    // Of the key "right".
    private const string Keys = "ops:operator:27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9";

    [Theory]
    [InlineData("127.0.0.1", HttpStatusCode.Unauthorized)]
    [InlineData("127.0.0.0/8,10.0.0.0/8", HttpStatusCode.Unauthorized)]
    [InlineData("10.0.0.7", HttpStatusCode.TooManyRequests)]
    [InlineData("", HttpStatusCode.TooManyRequests)]
    public async Task Should_count_wrong_keys_by_the_address_that_a_trusted_proxy_tells(string proxies, HttpStatusCode expected)
    {
        await using var worker = await StartAsync(proxies);
        while (await TryAsync(worker, "wrong", "203.0.113.7") != HttpStatusCode.TooManyRequests)
        {
            // One more try is given back every six seconds.
        }

        var other = await TryAsync(worker, "wrong", "203.0.113.8");

        // Where it is one address, another try may have come back just now.
        Assert.True(
            other == expected || (expected == HttpStatusCode.TooManyRequests && await TryAsync(worker, "wrong", "203.0.113.9") == expected));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(worker, "right", "203.0.113.7"));
    }

    [Theory]
    [InlineData("127.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1,10.0.0.0/8", "198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7")]
    [InlineData("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.0/8", "203.0.113.7", "127.0.0.1")]
    [InlineData("", "203.0.113.7", "127.0.0.1")]
    public async Task Should_write_the_address_into_the_trail_and_believe_no_stranger(string proxies, string forwardedFor, string written)
    {
        await using var worker = await StartAsync(proxies);

        Assert.Equal(HttpStatusCode.OK, await TryAsync(worker, "right", forwardedFor, HttpMethod.Post, "/api/queues/webhooks/pause"));

        var cancellation = TestContext.Current.CancellationToken;
        await using var db = await worker.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(cancellation);
        Assert.Equal(written, (await db.OperatorActions.SingleAsync(cancellation)).Address);
    }

    private static Task<EmbeddedWorker> StartAsync(string proxies) =>
        EmbeddedWorker.StartAsync(("OPS_API_KEYS", Keys), ("OPS_TRUSTED_PROXIES", proxies));

    private static async Task<HttpStatusCode> TryAsync(
        EmbeddedWorker worker, string key, string forwardedFor, HttpMethod? method = null, string path = "/api/operator-actions")
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var answer = await worker.SendAsync(request);
        return answer.StatusCode;
    }
}
