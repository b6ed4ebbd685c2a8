using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Integration.Tests.Verifiers;

/// <summary>A merchant's web server on a free loopback port: it answers 200 to every POST and keeps what came.</summary>
public sealed class MerchantServer : IAsyncDisposable
{
    private readonly Channel<CapturedWebhook> _arrived = Channel.CreateUnbounded<CapturedWebhook>();
    private readonly WebApplication _app;

    private MerchantServer(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public Uri Url => new(new Uri(_app.Urls.Single()), "/hooks");

    public static async Task<MerchantServer> Start(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = new MerchantServer(builder.Build());
        server._app.MapPost("/hooks", server.Receive);
        await server._app.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>The next webhook, in the order of arrival; waits for it.</summary>
    public ValueTask<CapturedWebhook> Next(CancellationToken cancellationToken) => _arrived.Reader.ReadAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Receive(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        await _arrived.Writer.WriteAsync(
            new CapturedWebhook(
                request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                body.ToArray()),
            request.HttpContext.RequestAborted);
    }
}
