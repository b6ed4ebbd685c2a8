using Gateway.Worker.Hosting;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Lets through who has a key: viewers may read, operators may change. The probes and the first page need none, and neither does embedded
/// mode on loopback, nor the metrics where <c>METRICS_OPEN</c> says so. An address that has presented ten wrong keys is answered 429 for a
/// while when it presents another one. A right key passes all the same: many people may share the address of a proxy.
/// </summary>
public sealed class ApiKeyCheck(RequestDelegate next, GatewayOptions options, WrongKeys wrongKeys)
{
    private const string LocalUser = "local";

    private readonly bool _isOpen = options.AsksNoKey;

    /// <summary>Checks one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        var isForAll = path == HomePage.Path
            || path.StartsWithSegments("/healthz")
            || (options.Metrics.IsOpen && path == OpsSetup.MetricsPath);
        if (_isOpen || isForAll)
        {
            context.SetOperator(LocalUser, _isOpen);
            return next(context);
        }

        if (PresentedBy(context) is not { } presented)
        {
            return RefuseAsync(
                context,
                "A key is needed",
                "Send 'Authorization: Bearer KEY' with a key whose hash is in OPS_API_KEYS; the command line takes it from OPS_API_KEY.");
        }

        var key = Find(presented);
        if (key is null)
        {
            return RefuseWrongKeyAsync(context);
        }

        context.SetOperator(key.Value.Name, key.Value.MayChange);
        var isReading = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return isReading || key.Value.MayChange
            ? next(context)
            : TypedResults.Problem(
                statusCode: StatusCodes.Status403Forbidden,
                title: "An operator's key is needed",
                detail: $"The key '{key.Value.Name}' has the role viewer, which may read and not change.").ExecuteAsync(context);
    }

    private static string? PresentedBy(HttpContext context)
    {
        const string Scheme = "Bearer ";
        var authorization = context.Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : null;
    }

    private ApiKey? Find(string presented)
    {
        ApiKey? found = null;
        // Every key is compared, so that the time tells nothing of which one matched.
        foreach (var key in options.Ops.Keys)
        {
            if (key.Matches(presented))
            {
                found = key;
            }
        }

        return found;
    }

    private Task RefuseWrongKeyAsync(HttpContext context)
    {
        if (wrongKeys.IsBlocked(context.Connection.RemoteIpAddress))
        {
            context.Response.Headers.RetryAfter = WrongKeys.RetryAfterSeconds;
            return Problems.Of(
                StatusCodes.Status429TooManyRequests,
                "Too many wrong keys",
                $"Wrong keys came from this address. Try again in {WrongKeys.RetryAfterSeconds} seconds.").ExecuteAsync(context);
        }

        wrongKeys.Count(context.Connection.RemoteIpAddress);
        return RefuseAsync(context, "The key is wrong", "No entry of OPS_API_KEYS has the hash of this key.");
    }

    private static Task RefuseAsync(HttpContext context, string title, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(StatusCodes.Status401Unauthorized, title, detail).ExecuteAsync(context);
    }
}
