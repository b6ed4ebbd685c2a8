using System.Net;
using System.Security.Claims;

namespace Gateway.Worker.Dashboard;

/// <summary>Keeps with a visitor where his connection comes from: a page has no request that could be asked.</summary>
internal static class VisitorAddress
{
    private const string ClaimType = "address";

    /// <summary>Remembers the address of the request that opens the WebSocket.</summary>
    public static Task KeepAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments(OriginCheck.WebSocketPath)
            && context.Connection.RemoteIpAddress is { } address)
        {
            context.User.AddIdentity(new ClaimsIdentity([new Claim(ClaimType, address.ToString())]));
        }

        return next(context);
    }

    /// <summary>The address; null when it is not known.</summary>
    public static IPAddress? Of(ClaimsPrincipal user) =>
        IPAddress.TryParse(user.FindFirst(ClaimType)?.Value, out var address) ? address : null;
}
