using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Testing.Merchants;

/// <summary>A merchant's web server on a free loopback port: it keeps what comes by POST and answers 200, or as a test wants.</summary>
public sealed class MerchantServer : IAsyncDisposable
{
    private readonly Channel<CapturedWebhook> _arrived = Channel.CreateUnbounded<CapturedWebhook>();
    private readonly Func<CapturedWebhook, HttpResponse, Task> _answer;
    private readonly WebApplication _app;

    private MerchantServer(WebApplication app, Func<CapturedWebhook, HttpResponse, Task> answer)
    {
        _app = app;
        _answer = answer;
    }

    /// <summary>Where it listens.</summary>
    public Uri Url => new(new Uri(_app.Urls.Single()), "/hooks");

    /// <summary>Starts it.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="answer">Writes the answer to a webhook, after that was read; null answers 200 without a body.</param>
    public static async Task<MerchantServer> StartAsync(
        CancellationToken cancellationToken, Func<CapturedWebhook, HttpResponse, Task>? answer = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = new MerchantServer(builder.Build(), answer ?? ((_, _) => Task.CompletedTask));
        server._app.MapPost("/{**path}", server.Receive);
        await server._app.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>The next webhook, in the order of arrival; waits for it.</summary>
    public ValueTask<CapturedWebhook> WaitUntilReceivedAsync(CancellationToken cancellationToken) => _arrived.Reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Receive(HttpContext context)
    {
        var request = context.Request;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var webhook = new CapturedWebhook(headers, body.ToArray())
        {
            Path = request.Path,
            ArrivedAt = TimeProvider.System.GetUtcNow(),
        };
        await _arrived.Writer.WriteAsync(webhook, context.RequestAborted);
        await _answer(webhook, context.Response);
    }
}
