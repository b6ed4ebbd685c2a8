using Gateway.Worker.Configuration;

namespace Gateway.Worker.Ops;

/// <summary>What somebody sees who opens the worker's address in a browser: where to go on. It needs no key and shows no data.</summary>
internal static class HomePage
{
    /// <summary>The path of the page.</summary>
    public const string Path = "/";

    private const string Html =
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Gateway.Worker</title>
        <style>
        body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark }
        </style>
        <h1>Gateway.Worker</h1>
        <p>The background worker of a payment gateway runs here, in {{mode}} mode.</p>
        <ul>
        <li>Is it well? <a href="/healthz/ready">ready</a>, <a href="/healthz/startup">startup</a>, <a href="/healthz/live">live</a></li>
        <li>What does it offer? <a href="/openapi/v1.json">The description of its API</a> (OpenAPI 3.1)</li>
        <li>What does it do? <a href="/api/queues">queues</a>, <a href="/api/jobs">jobs</a>,
        <a href="/api/dead-letters">dead letters</a>, <a href="/metrics">metrics</a></li>
        </ul>
        <p>{{access}}</p>
        <p>How to use it is in the repository: README.md, docs/api.md and docs/configuration.md.</p>
        </html>

        """;

    /// <summary>Maps <c>GET /</c>.</summary>
    public static void MapHomePage(this IEndpointRouteBuilder app)
    {
        var options = app.ServiceProvider.GetRequiredService<OpsOptions>();
        var page = Html
            .Replace("{{mode}}", options.Mode == GatewayMode.Full ? "full" : "embedded", StringComparison.Ordinal)
            .Replace(
                "{{access}}",
                options.AsksNoKey
                    ? "On this machine no key is needed."
                    : "All but the probes want a key: <code>Authorization: Bearer KEY</code>. "
                        + "<code>Gateway.Worker keys new NAME viewer</code> makes one.",
                StringComparison.Ordinal);
        app.MapGet(Path, context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return context.Response.WriteAsync(page, context.RequestAborted);
        }).AllowAnonymous().ExcludeFromDescription();
    }
}
