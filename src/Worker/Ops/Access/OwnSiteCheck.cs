using System.Net;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Keeps the pages of other sites out where no key is asked for: embedded mode on loopback. A browser on this machine sends what any page
/// tells it to, and a name of a stranger's may lead to 127.0.0.1 (DNS rebinding). So the request must name this machine or a host of
/// <c>OPS_ALLOWED_HOSTS</c> (<c>Host</c>), and what changes something must come from a page of one of them (<c>Origin</c>), if from a page.
/// </summary>
public sealed class OwnSiteCheck(RequestDelegate next, OpsOptions options)
{
    private readonly bool _isNeeded = options.AsksNoKey;

    /// <summary>Checks one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (!_isNeeded)
        {
            return next(context);
        }

        var request = context.Request;
        if (!IsOwn(request.Host.Host))
        {
            return Problems.Create(
                StatusCodes.Status421MisdirectedRequest,
                "Not this host",
                $"The request is for the host '{request.Host.Host}', and this worker answers for 127.0.0.1, [::1], localhost "
                + "and the hosts of OPS_ALLOWED_HOSTS.")
                .ExecuteAsync(context);
        }

        var isReading = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (!isReading && ForeignOriginOf(request) is { } origin)
        {
            return Problems.Create(
                StatusCodes.Status403Forbidden,
                "Not from another site",
                $"The request comes from a page of {origin}, which may change nothing here. "
                + "Allow its host in OPS_ALLOWED_HOSTS, or set OPS_API_KEYS.")
                .ExecuteAsync(context);
        }

        return next(context);
    }

    // Browsers name the page's origin with everything that is no plain reading; programs that are no browsers name none.
    private string? ForeignOriginOf(HttpRequest request)
    {
        if (request.Headers.Origin.ToString() is { Length: > 0 } origin)
        {
            return Uri.TryCreate(origin, UriKind.Absolute, out var page) && IsOwn(page.Host) ? null : $"'{origin}'";
        }

        return request.Headers["Sec-Fetch-Site"] == "cross-site" ? "another site" : null;
    }

    private bool IsOwn(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))
        || options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
}
