using System.Net;
using System.Net.Http.Headers;
using Gateway.Integration.Tests.Delivery;
using Gateway.Integration.Tests.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Operations;

public sealed class When_somebody_tries_keys(When_somebody_tries_keys.Worker worker) : IClassFixture<When_somebody_tries_keys.Worker>
{
    [Fact]
    public async Task Should_answer_429_after_ten_wrong_ones_and_let_the_probes_through()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 12; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/queues");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"wrong {i}");
            using var answer = await worker.StrangersApi.SendAsync(request, cancellation);
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal(Enumerable.Repeat(HttpStatusCode.Unauthorized, 10), statuses.Take(10));
        Assert.Equal(HttpStatusCode.TooManyRequests, statuses[^1]);
        using var blocked = await worker.Api.GetAsync("/api/queues", cancellation);
        Assert.Equal(HttpStatusCode.TooManyRequests, blocked.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(6), blocked.Headers.RetryAfter!.Delta);
        using var probe = await worker.StrangersApi.GetAsync("/healthz/live", cancellation);
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
