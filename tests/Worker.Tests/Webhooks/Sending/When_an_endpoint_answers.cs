using System.Diagnostics;
using System.Net;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

public class When_an_endpoint_answers
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("200 OK", AttemptOutcome.Succeeded)]
    [InlineData("201 Created", AttemptOutcome.Succeeded)]
    [InlineData("202 Accepted", AttemptOutcome.Succeeded)]
    [InlineData("299 Odd", AttemptOutcome.Succeeded)]
    [InlineData("300 Multiple Choices", AttemptOutcome.Redirect)]
    [InlineData("301 Moved Permanently", AttemptOutcome.Redirect)]
    [InlineData("308 Permanent Redirect", AttemptOutcome.Redirect)]
    [InlineData("400 Bad Request", AttemptOutcome.Status)]
    [InlineData("404 Not Found", AttemptOutcome.Status)]
    [InlineData("410 Gone", AttemptOutcome.Gone)]
    [InlineData("429 Too Many Requests", AttemptOutcome.Status)]
    [InlineData("500 Internal Server Error", AttemptOutcome.Status)]
    [InlineData("503 Service Unavailable", AttemptOutcome.Status)]
    [InlineData("999 Odd", AttemptOutcome.Status)]
    public async Task Should_judge_by_its_status(string status, AttemptOutcome outcome)
    {
        await using var endpoint = new Endpoint($"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nhello");
        using var sender = Loopback.Sender();

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal((outcome, int.Parse(status[..3], null), "hello"), (result.Outcome, result.StatusCode, result.Detail));
    }

    [Fact]
    public async Task Should_take_204_for_a_success_without_a_body()
    {
        await using var endpoint = new Endpoint("HTTP/1.1 204 No Content\r\n\r\n");
        using var sender = Loopback.Sender();

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal((AttemptOutcome.Succeeded, (int?)204, (string?)null), (result.Outcome, result.StatusCode, result.Detail));
    }

    [Fact]
    public async Task Should_wait_for_the_answer_after_an_interim_one()
    {
        await using var endpoint = new Endpoint(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var sender = Loopback.Sender();

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal((AttemptOutcome.Succeeded, (int?)200), (result.Outcome, result.StatusCode));
    }

    [Fact]
    public async Task Should_not_wait_for_the_protocol_that_101_switches_to()
    {
        await using var endpoint = new Endpoint("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        using var sender = Loopback.Sender();

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal((AttemptOutcome.Status, (int?)101), (result.Outcome, result.StatusCode));
    }

    [Fact]
    public async Task Should_send_the_body_byte_for_byte_and_every_header_once()
    {
        await using var endpoint = new Endpoint("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var sender = Loopback.Sender();
        byte[] body = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];

        await sender.SendAsync(Loopback.Request(endpoint.Url()) with { Body = body }, Token);

        var request = await endpoint.Requests.ReadAsync(Token);
        Assert.Equal(body, request.Body);
        Assert.Equal("POST /hooks/orders?key=q-u-e-r-y HTTP/1.1", request.Head[0]);
        Assert.Equal(
            [
                $"Host: 127.0.0.1:{endpoint.Port}",
                "Content-Length: 300000",
                "Content-Type: application/json",
                "User-Agent: Gateway-Webhooks/1.0",
                "webhook-id: msg_1",
                "webhook-signature: v1,c2ln",
                "webhook-timestamp: 1767225600",
            ],
            request.Head[1..].OrderBy(line => line.StartsWith("Host:", StringComparison.Ordinal) ? "" : line, StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("webhook-id", "a\r\nX-Injected: b")]
    [InlineData("webhook-id", "a\0b")]
    [InlineData("webhook-id", "é")]
    [InlineData("Content-Type", "text/plain")]
    public async Task Should_blame_us_for_a_header_that_cannot_be_sent(string name, string value)
    {
        await using var endpoint = new Endpoint("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var sender = Loopback.Sender();

        await Assert.ThrowsAsync<ArgumentException>(
            () => sender.SendAsync(Loopback.Request(endpoint.Url()) with { Headers = [new(name, value)] }, Token));
        Assert.Equal(0, endpoint.Accepted);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    public async Task Should_use_the_connection_again(string answer)
    {
        await using var endpoint = new Endpoint(answer);
        using var sender = Loopback.Sender();

        for (var i = 0; i < 5; i++)
        {
            await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);
        }

        Assert.Equal(1, endpoint.Accepted);
    }

    [Fact]
    public async Task Should_use_the_connection_again_after_a_body_of_just_16_KiB()
    {
        await using var endpoint = new Endpoint($"HTTP/1.1 200 OK\r\nContent-Length: 16384\r\n\r\n{new string('x', 16384)}");
        using var sender = Loopback.Sender();

        await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);
        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal(1, endpoint.Accepted);
        Assert.Equal((AttemptOutcome.Succeeded, new string('x', 1024)), (result.Outcome, result.Detail));
    }

    [Fact]
    public async Task Should_see_trace_headers_only_where_they_are_configured()
    {
        await using var endpoint = new Endpoint("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var guard = new EndpointGuard(Loopback.Allowed, Dns.GetHostAddressesAsync, TimeProvider.System);
        using var silent = new WebhookSender(Loopback.Allowed, guard, TimeProvider.System);
        using var tracing = new WebhookSender(
            Loopback.Allowed, guard, TimeProvider.System, DistributedContextPropagator.CreateDefaultPropagator());
        using var attempt = new Activity("attempt").Start();

        await silent.SendAsync(Loopback.Request(endpoint.Url()), Token);
        var withoutTrace = (await endpoint.Requests.ReadAsync(Token)).Header("traceparent");
        await tracing.SendAsync(Loopback.Request(endpoint.Url()), Token);
        var withTrace = (await endpoint.Requests.ReadAsync(Token)).Header("traceparent");

        Assert.Null(withoutTrace);
        Assert.Contains(attempt.TraceId.ToHexString(), withTrace, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("429 Too Many Requests", "120", 120)]
    [InlineData("503 Service Unavailable", "Sun, 01 Mar 2026 12:01:00 GMT", 60)]
    [InlineData("500 Internal Server Error", "99999999999", 86_400)]
    [InlineData("429 Too Many Requests", "-5", null)]
    [InlineData("200 OK", "120", null)]
    public async Task Should_hear_how_long_to_wait(string status, string retryAfter, int? seconds)
    {
        await using var endpoint = new Endpoint($"HTTP/1.1 {status}\r\nRetry-After: {retryAfter}\r\nContent-Length: 0\r\n\r\n");
        using var sender = Loopback.Sender(new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : (TimeSpan?)null, result.RetryAfter);
    }

    [Fact]
    public async Task Should_measure_how_long_it_took()
    {
        var time = new FakeTimeProvider();
        await using var endpoint = new Endpoint(connection =>
        {
            time.Advance(TimeSpan.FromSeconds(3));
            return connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        using var sender = Loopback.Sender(time);

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal(TimeSpan.FromSeconds(3), result.Duration);
    }
}
