using System.Collections.Concurrent;
using Gateway.Worker.Webhooks.Attempts;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>Servers close idle connections just as a request is sent. (docs/faults.md: B3, F1)</summary>
public sealed class When_an_idle_connection_is_closed
{
    private const string Accepted = "HTTP/1.1 204 Yes\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_send_the_same_once_more_on_a_new_connection(bool isReset)
    {
        var ids = new ConcurrentQueue<string?>();
        var connections = new ConcurrentDictionary<Connection, bool>();
        await using var endpoint = new Endpoint(async connection =>
        {
            ids.Enqueue(connection.Header("webhook-id"));
            if (ids.Count != 2)
            {
                connections[connection] = true;
                await connection.WriteAsync(Accepted);
            }
            else
            {
                End(connection, isReset);
            }
        });
        using var sender = Loopback.Sender();

        var first = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);
        var second = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal((AttemptOutcome.Succeeded, AttemptOutcome.Succeeded), (first.Outcome, second.Outcome));
        Assert.Equal(3, ids.Count);
        Assert.Single(ids.Distinct());
        Assert.Equal((2, 2), (endpoint.Accepted, connections.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Should_not_try_again_when_the_connection_was_new(bool isReset)
    {
        var posts = 0;
        await using var endpoint = new Endpoint(connection =>
        {
            Interlocked.Increment(ref posts);
            End(connection, isReset);
            return Task.CompletedTask;
        });
        using var sender = Loopback.Sender();

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal((AttemptOutcome.Broken, 1), (result.Outcome, posts));
    }

    [Fact]
    public async Task Should_fail_when_the_new_connection_is_closed_too()
    {
        var posts = 0;
        await using var endpoint = new Endpoint(async connection =>
        {
            if (Interlocked.Increment(ref posts) == 1)
            {
                await connection.WriteAsync(Accepted);
            }
            else
            {
                connection.Close();
            }
        });
        using var sender = Loopback.Sender();
        await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        Assert.Equal((AttemptOutcome.Broken, 3), (result.Outcome, posts));
    }

    /// <summary>A worker that keeps one for each of thousands of merchants for a minute has no memory left for anything else.</summary>
    [Fact]
    public async Task Should_give_up_one_that_nobody_uses()
    {
        var ended = new TaskCompletionSource();
        await using var endpoint = new Endpoint(async connection =>
        {
            await connection.WriteAsync(Accepted);
            // The next request, which does not come.
            Assert.False(await connection.ReadRequestAsync());
            ended.SetResult();
        });
        using var sender = Loopback.Sender(options: Loopback.Allowed with { KeepConnections = TimeSpan.FromSeconds(1) });

        await sender.SendAsync(Loopback.Request(endpoint.Url()), Token);

        // The library alone would keep it for a minute.
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(40), TimeProvider.System, Token);
    }

    private static void End(Connection connection, bool isReset)
    {
        if (isReset)
        {
            connection.Reset();
        }
        else
        {
            connection.Close();
        }
    }
}
