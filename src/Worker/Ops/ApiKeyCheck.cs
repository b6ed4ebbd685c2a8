using Gateway.Worker.Configuration;

namespace Gateway.Worker.Ops;

/// <summary>
/// Lets through who has a key: viewers may read, operators may change. The probes need none, and neither does embedded mode
/// on loopback.
/// </summary>
public sealed class ApiKeyCheck(RequestDelegate next, GatewayOptions options)
{
    private readonly bool _isOpen = options.Mode == GatewayMode.Embedded && options.Ops.IsLoopback && options.Ops.Keys.Count == 0;

    /// <summary>Checks one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (_isOpen || context.Request.Path.StartsWithSegments("/healthz"))
        {
            return next(context);
        }

        var key = Find(context.Request.Headers.Authorization.ToString());
        if (key is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return TypedResults.Problem(
                statusCode: StatusCodes.Status401Unauthorized,
                title: "A key is needed",
                detail: "Send 'Authorization: Bearer KEY' with a key whose hash is in OPS_API_KEYS.").ExecuteAsync(context);
        }

        var isReading = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return isReading || key.Value.MayChange
            ? next(context)
            : TypedResults.Problem(
                statusCode: StatusCodes.Status403Forbidden,
                title: "An operator's key is needed",
                detail: $"The key '{key.Value.Name}' has the role viewer, which may read and not change.").ExecuteAsync(context);
    }

    private ApiKey? Find(string authorization)
    {
        const string Scheme = "Bearer ";
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var presented = authorization[Scheme.Length..].Trim();
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
}
