using System.Net;
using System.Security.Claims;

namespace Gateway.Worker.Ops.Access;

/// <summary>Who asks for a change, over the API or on a page.</summary>
/// <param name="Name">The name that the trail gives.</param>
/// <param name="MayChange">Whether it is an operator; a viewer changes nothing.</param>
/// <param name="Address">Where the request came from.</param>
public sealed record Caller(string Name, bool MayChange, string? Address)
{
    /// <summary>Somebody who signed in, whichever way.</summary>
    public static Caller From(ClaimsPrincipal user, IPAddress? address) => new(user.OperatorName, user.MayChange, address?.ToString());
}
