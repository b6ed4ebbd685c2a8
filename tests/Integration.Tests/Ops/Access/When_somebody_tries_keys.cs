using System.Net;
using System.Net.Http.Headers;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Access;

/// <summary>Everybody behind one proxy has one address. (docs/faults.md: G3)</summary>
public sealed class When_somebody_tries_keys(TestServers servers) : IAsyncLifetime
{
    private readonly Worker _worker = new(servers);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Each test has a worker that has not counted anything yet.
    public ValueTask InitializeAsync() => _worker.InitializeAsync();

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    [Fact]
    public async Task Should_answer_429_after_ten_wrong_ones_and_let_a_right_one_and_the_probes_through()
    {
        var statuses = new List<HttpStatusCode>();
        // One more try comes every six seconds.
        while (statuses.LastOrDefault() != HttpStatusCode.TooManyRequests)
        {
            statuses.Add(await TryAsync($"wrong {statuses.Count}"));
            Assert.True(statuses.Count < 100, "wrong keys are never stopped");
        }

        using var right = await _worker.Api.GetAsync("/api/queues", Cancellation);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        using var probe = await _worker.StrangersApi.GetAsync("/healthz/live", Cancellation);
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
    }

    [Fact]
    public async Task Should_not_count_who_presents_none()
    {
        for (var i = 0; i < 30; i++)
        {
            using var none = await _worker.StrangersApi.GetAsync("/api/queues", Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
            Assert.Contains("A key is needed", await none.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync("wrong"));
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
