using Gateway.Worker.Ops;

namespace Gateway.Worker.Dashboard;

/// <summary>
/// Opens the dashboard's WebSocket for its own pages alone. A browser lets a page of any site open one, and sends along the cookies that it
/// has for ours (cross-site WebSocket hijacking).
/// </summary>
internal sealed class OriginCheck(RequestDelegate next, OpsOptions options, ILogger<OriginCheck> logger)
{
    public const string WebSocketPath = "/_blazor";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!request.Path.StartsWithSegments(WebSocketPath) || request.Headers.Origin.ToString() is not { Length: > 0 } origin
            || IsOwn(origin, request.Host))
        {
            return next(context);
        }

        Log.ForeignOrigin(logger, origin, request.Host.ToString());
        return Problems.Create(
            StatusCodes.Status403Forbidden,
            "Not from another site",
            $"A page of '{origin}' asks for the WebSocket of '{request.Host}'. A proxy before the worker must pass on the Host header, "
            + "or OPS_ALLOWED_HOSTS name its host.").ExecuteAsync(context);
    }

    private bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (page.Authority.Equals(host.ToString(), StringComparison.OrdinalIgnoreCase)
            || options.AllowedHosts.Contains(page.Host, StringComparer.OrdinalIgnoreCase));
}
