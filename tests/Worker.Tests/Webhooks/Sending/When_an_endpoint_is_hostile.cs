using System.IO.Compression;
using System.Text;
using Gateway.Worker.Webhooks.Attempts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>Each endpoint misbehaves once and then answers 200: the attempt ends as it should, and the next one is none the worse.</summary>
public class When_an_endpoint_is_hostile
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly string Filler = new('x', 32 * 1024);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_drop_a_body_of_100_MB_and_still_count_a_success()
    {
        Connection? hostile = null;
        await using var endpoint = Misbehaving(async connection =>
        {
            hostile = connection;
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
            await connection.WriteForeverAsync(Filler);
        });

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Succeeded, (int?)200, new string('x', 1024)), (result.Outcome, result.StatusCode, result.Detail));
        Assert.Equal(2, endpoint.Accepted);
        await endpoint.StopAsync();
        Assert.InRange(hostile!.Written, 1, 50_000_000);
    }

    [Theory]
    [InlineData("200 OK", AttemptOutcome.Succeeded)]
    [InlineData("500 Oops", AttemptOutcome.Status)]
    public async Task Should_drop_an_endless_body(string status, AttemptOutcome outcome)
    {
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync($"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n");
            await connection.WriteForeverAsync("10\r\n0123456789abcdef\r\n");
        });

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((outcome, 1024), (result.Outcome, result.Detail!.Length));
        Assert.Equal(2, endpoint.Accepted);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZIP")]
    [InlineData("deflate")]
    [InlineData("deflate", true)]
    [InlineData("br")]
    public async Task Should_fail_an_answer_that_unpacks_into_too_much(string coding, bool isRaw = false)
    {
        var bomb = Compress(coding, isRaw, new byte[10_000_000]);
        await using var endpoint = Misbehaving(connection => AnswerAsync(connection, coding, bomb));

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Bomb, (int?)200), (result.Outcome, result.StatusCode));
        Assert.Contains("16 KiB", result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("deflate", true)]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task Should_read_a_compressed_answer_of_decent_size(string coding, bool isRaw = false)
    {
        var packed = Compress(coding, isRaw, Encoding.UTF8.GetBytes("đã nhận"));
        await using var endpoint = Misbehaving(connection => AnswerAsync(connection, coding, packed));

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Succeeded, "đã nhận"), (result.Outcome, result.Detail));
    }

    [Theory]
    [InlineData("gzip", "not gzip at all")]
    [InlineData("br", "not brotli at all")]
    [InlineData("gzip, gzip", "whatever")]
    [InlineData("zstd", "whatever")]
    [InlineData("gzip", "")]
    public async Task Should_judge_an_answer_that_cannot_be_unpacked_by_its_status(string coding, string body)
    {
        await using var endpoint = Misbehaving(connection => AnswerAsync(connection, coding, Encoding.UTF8.GetBytes(body)));

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Succeeded, (string?)null), (result.Outcome, result.Detail));
    }

    [Fact]
    public async Task Should_not_follow_a_redirect_to_an_internal_address()
    {
        await using var @internal = new Endpoint(Ok);
        await using var endpoint = Misbehaving(connection =>
            connection.WriteAsync($"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{@internal.Port}/\r\nContent-Length: 0\r\n\r\n"));

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Redirect, (int?)307), (result.Outcome, result.StatusCode));
        Assert.Equal(0, @internal.Accepted);
    }

    [Theory]
    [InlineData("X-Flood: 0123456789\r\n")]
    [InlineData("0123456789")]
    public async Task Should_hang_up_on_a_flood_of_headers(string flood)
    {
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nX-Flood: ");
            await connection.WriteForeverAsync(flood);
        });

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Broken, (int?)null), (result.Outcome, result.StatusCode));
        Assert.Contains("headers", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_hang_up_on_a_flood_of_trailers()
    {
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
            await connection.WriteForeverAsync("X-Flood: 0123456789\r\n");
        });

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Broken, (int?)200), (result.Outcome, result.StatusCode));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("\u0015\u0003\u0001\u0000\u0002")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Cut")]
    [InlineData("")]
    public async Task Should_call_an_answer_broken_that_is_not_a_whole_one(string answer)
    {
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync(answer);
            connection.Close();
        });

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal(AttemptOutcome.Broken, result.Outcome);
        Assert.Contains($"127.0.0.1:{endpoint.Port}", result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")]
    public async Task Should_call_a_connection_broken_that_is_reset(string answer)
    {
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync(answer);
            connection.Reset();
        });

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal(AttemptOutcome.Broken, result.Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Slow: ")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task Should_time_out_when_the_headers_do_not_come(string beginning)
    {
        var result = await AttemptUntilTimeoutAsync(beginning);

        Assert.Equal((AttemptOutcome.Timeout, (int?)null, TimeSpan.FromSeconds(30)), (result.Outcome, result.StatusCode, result.Duration));
        Assert.Contains("did not answer within 30 s", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_time_out_when_a_byte_comes_every_second()
    {
        var time = new FakeTimeProvider();
        using var tick = new SemaphoreSlim(0);
        using var dripped = new SemaphoreSlim(0);
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
            while (true)
            {
                await tick.WaitAsync(connection.Stop);
                await connection.WriteAsync("x");
                dripped.Release();
            }
        });
        using var sender = Loopback.Sender(time);
        var sending = sender.SendAsync(Loopback.Request(endpoint.Url()), Token);
        await endpoint.Requests.ReadAsync(Token);

        for (var second = 1; second < 30; second++)
        {
            tick.Release();
            await dripped.WaitAsync(Token);
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(sending.IsCompleted);
        }

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(AttemptOutcome.Timeout, (await sending).Outcome);
        Assert.Equal(AttemptOutcome.Succeeded, (await sender.SendAsync(Loopback.Request(endpoint.Url()), Token)).Outcome);
    }

    [Fact]
    public async Task Should_time_out_by_the_system_clock_too()
    {
        await using var endpoint = Misbehaving(connection => connection.HangAsync());
        using var sender = Loopback.Sender(options: Loopback.Allowed with { Timeout = TimeSpan.FromMilliseconds(300) });

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal(AttemptOutcome.Timeout, result.Outcome);
        Assert.True(result.Duration >= TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Should_hang_up_on_a_flood_of_interim_answers()
    {
        await using var endpoint = Misbehaving(connection => connection.WriteForeverAsync("HTTP/1.1 100 Continue\r\n\r\n"));

        var result = await AttemptTwiceAsync(endpoint);

        Assert.Equal((AttemptOutcome.Broken, (int?)null), (result.Outcome, result.StatusCode));
    }

    [Fact]
    public async Task Should_stop_when_the_caller_cancels()
    {
        await using var endpoint = Misbehaving(connection => connection.HangAsync());
        using var sender = Loopback.Sender();
        using var caller = new CancellationTokenSource();

        var sending = sender.SendAsync(Loopback.Request(endpoint.Url()), caller.Token);
        await endpoint.Requests.ReadAsync(Token);
        await caller.CancelAsync();

        var cancelled = await Assert.ThrowsAsync<OperationCanceledException>(() => sending);
        Assert.Equal(caller.Token, cancelled.CancellationToken);
        Assert.Equal(AttemptOutcome.Succeeded, (await sender.SendAsync(Loopback.Request(endpoint.Url()), Token)).Outcome);
    }

    [Fact]
    public async Task Should_not_begin_when_the_caller_has_cancelled()
    {
        await using var endpoint = new Endpoint(Ok);
        using var sender = Loopback.Sender();

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => sender.SendAsync(Loopback.Request(endpoint.Url()), new CancellationToken(canceled: true)));

        Assert.Equal(0, endpoint.Accepted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")]
    public async Task Should_not_repeat_the_path_or_the_query_of_the_url(string answer)
    {
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync(answer);
            connection.Close();
        });

        var result = await AttemptTwiceAsync(endpoint);

        Assert.DoesNotContain("q-u-e-r-y", result.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("hooks", result.Detail, StringComparison.Ordinal);
    }

    private static Endpoint Misbehaving(Func<Connection, Task> misbehave) =>
        new(connection => connection.Number == 1 ? misbehave(connection) : connection.WriteAsync(Ok));

    private static async Task<AttemptResult> AttemptTwiceAsync(Endpoint endpoint)
    {
        using var sender = Loopback.Sender();
        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        var next = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);
        Assert.Equal((AttemptOutcome.Succeeded, "ok"), (next.Outcome, next.Detail));
        return result;
    }

    private static async Task<AttemptResult> AttemptUntilTimeoutAsync(string beginning)
    {
        var time = new FakeTimeProvider();
        await using var endpoint = Misbehaving(async connection =>
        {
            await connection.WriteAsync(beginning);
            await connection.HangAsync();
        });
        using var sender = Loopback.Sender(time);
        var sending = sender.SendAsync(Loopback.Request(endpoint.Url()), Token);
        await endpoint.Requests.ReadAsync(Token);
        time.Advance(TimeSpan.FromSeconds(30));
        var result = await sending;

        Assert.Equal(AttemptOutcome.Succeeded, (await sender.SendAsync(Loopback.Request(endpoint.Url()), Token)).Outcome);
        return result;
    }

    private static async Task AnswerAsync(Connection connection, string coding, byte[] body)
    {
        await connection.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {body.Length}\r\n\r\n");
        await connection.WriteAsync(body);
    }

    private static byte[] Compress(string coding, bool isRaw, byte[] body)
    {
        var packed = new MemoryStream();
        using (Stream packer = coding switch
        {
            "identity" => new BufferedStream(packed),
            "br" => new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" when isRaw => new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true),
            _ => new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true),
        })
        {
            packer.Write(body);
        }

        return packed.ToArray();
    }
}
