using System.Net;
using System.Net.Http.Headers;
using Gateway.Integration.Tests.Delivery;
using Gateway.Integration.Tests.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Operations;

public sealed class When_somebody_tries_keys(TestServers servers) : IAsyncLifetime
{
    private readonly Worker _worker = new(servers);

    // Each test has a worker that has not counted anything yet.
    public ValueTask InitializeAsync() => _worker.InitializeAsync();

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    [Fact]
    public async Task Should_answer_429_after_ten_wrong_ones_and_let_the_probes_through()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var statuses = new List<HttpStatusCode>();
        HttpResponseMessage blocked;
        do
        {
            // One more try comes every six seconds, and may come between these two.
            while (statuses.LastOrDefault() != HttpStatusCode.TooManyRequests)
            {
                statuses.Add(await TryAsync($"wrong {statuses.Count}"));
                Assert.True(statuses.Count < 100, "wrong keys are never stopped");
            }

            statuses.Clear();
            blocked = await _worker.Api.GetAsync("/api/queues", cancellation);
        }
        while (blocked.StatusCode != HttpStatusCode.TooManyRequests);

        Assert.Equal(TimeSpan.FromSeconds(6), blocked.Headers.RetryAfter!.Delta);
        blocked.Dispose();
        using var probe = await _worker.StrangersApi.GetAsync("/healthz/live", cancellation);
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
    }

    [Fact]
    public async Task Should_answer_401_to_the_first_ten()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync($"wrong {i}"));
        }
    }

    private async Task<HttpStatusCode> TryAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/queues");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var answer = await _worker.StrangersApi.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
