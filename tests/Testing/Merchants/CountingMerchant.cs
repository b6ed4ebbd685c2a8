using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Testing.Merchants;

/// <summary>A merchant's web server that counts what it gets, can leave it unanswered for a while, and answers as it is told.</summary>
public sealed class CountingMerchant : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Guid, int> _posts = new();
    private readonly ConcurrentQueue<double> _ages = new();
    private readonly ConcurrentDictionary<(Guid Id, string Body), bool> _bodies = new();
    private readonly ConcurrentDictionary<string, bool> _headers = new(StringComparer.OrdinalIgnoreCase);
    private readonly WebApplication _app;
    private volatile Hold _hold = new(int.MaxValue);

    private CountingMerchant(WebApplication app) => _app = app;

    /// <summary>Where it takes webhooks.</summary>
    public Uri Url => new(new Uri(_app.Urls.Single()), "/hooks");

    /// <summary>The port of that.</summary>
    public int Port => Url.Port;

    /// <summary>The HTTP status for a delivery, from its id and the number of this post of it, from 1. It begins with 200 for all.</summary>
    public Func<Guid, int, int> Answer { get; set; } = (_, _) => StatusCodes.Status200OK;

    /// <summary>How long it takes over every answer.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether it keeps what comes, which a test of many does not want.</summary>
    public bool KeepsBodies { get; set; }

    /// <summary>All posts that have come.</summary>
    public Counter Received { get; } = new();

    /// <summary>The posts that wait for their answer because they are held.</summary>
    public Counter Held { get; } = new();

    /// <summary>How often each delivery was posted.</summary>
    public IReadOnlyDictionary<Guid, int> Posts => _posts;

    /// <summary>How many deliveries were posted more than once.</summary>
    public int PostedAgain => _posts.Count(post => post.Value > 1);

    /// <summary>How old each delivery was when it was first posted, by the time in its id (UUID version 7, RFC 9562), in milliseconds.</summary>
    public IReadOnlyCollection<double> Ages => _ages;

    /// <summary>The bodies that came for a delivery, each once.</summary>
    public IReadOnlyList<string> BodiesOf(Guid id) => [.. _bodies.Keys.Where(post => post.Id == id).Select(post => post.Body)];

    /// <summary>The names of all headers that came.</summary>
    public IReadOnlyCollection<string> Headers => [.. _headers.Keys];

    /// <summary>Starts it.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="certificate">With one it speaks TLS.</param>
    public static async Task<CountingMerchant> StartAsync(CancellationToken cancellationToken, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            if (certificate is not null)
            {
                listener.UseHttps(certificate);
            }
        }));
        builder.Logging.ClearProviders();
        var merchant = new CountingMerchant(builder.Build());
        merchant._app.MapPost("/hooks", merchant.ReceiveAsync);
        await merchant._app.StartAsync(cancellationToken);
        return merchant;
    }

    /// <summary>Leaves every post after the next <paramref name="more"/> without an answer until <see cref="Release"/>.</summary>
    public void HoldAfter(int more) => _hold = new Hold(Received.Value + more);

    /// <summary>Answers what is held and all that comes.</summary>
    public void Release()
    {
        var held = _hold;
        _hold = new Hold(int.MaxValue);
        held.Ended.SetResult();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var body = new StreamReader(request.Body);
        var text = await body.ReadToEndAsync(request.HttpContext.RequestAborted);
        foreach (var header in request.Headers.Keys)
        {
            _headers.TryAdd(header, true);
        }

        var id = Guid.Parse(request.Headers["webhook-id"].ToString());
        var post = _posts.AddOrUpdate(id, 1, (_, before) => before + 1);
        if (post == 1)
        {
            var writtenAt = BinaryPrimitives.ReadInt64BigEndian(id.ToByteArray(bigEndian: true)) >>> 16;
            _ages.Enqueue((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds - writtenAt);
        }

        if (KeepsBodies)
        {
            _bodies.TryAdd((id, text), true);
        }

        var hold = _hold;
        if (Received.Increment() > hold.After)
        {
            Held.Increment();
            try
            {
                await hold.Ended.Task.WaitAsync(request.HttpContext.RequestAborted);
            }
            finally
            {
                Held.Decrement();
            }
        }

        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, request.HttpContext.RequestAborted);
        }

        return Results.StatusCode(Answer(id, post));
    }

    private sealed class Hold(int after)
    {
        public int After { get; } = after;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
