using System.Security.Claims;

namespace Gateway.Worker.Ops.Access;

/// <summary>What is known of who asks, whichever way somebody signed in.</summary>
public static class OperatorClaims
{
    /// <summary>Somebody with a name and a role.</summary>
    /// <param name="scheme">The scheme that knows who it is.</param>
    /// <param name="name">The name that the trail of changes gives.</param>
    /// <param name="mayChange">True for an operator, false for a viewer.</param>
    public static ClaimsPrincipal Create(string scheme, string name, bool mayChange) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, mayChange ? Roles.Operator : Roles.Viewer)], scheme));

    extension(ClaimsPrincipal user)
    {
        /// <summary>The name, such as that of the key that was presented.</summary>
        public string OperatorName => user.Identity?.Name ?? "unknown";

        /// <summary>Whether somebody may make changes, as operators may.</summary>
        public bool MayChange => user.IsInRole(Roles.Operator);
    }
}
