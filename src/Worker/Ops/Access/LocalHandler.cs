using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Takes everybody for the operator <c>local</c>: embedded mode on loopback, where no key is configured. <see cref="OwnSiteCheck"/> has
/// kept the pages of other sites out by then.
/// </summary>
public sealed class LocalHandler(IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    /// <summary>The scheme.</summary>
    public const string SchemeName = "Local";

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        AuthenticateResult.Success(new AuthenticationTicket(OperatorClaims.Create(SchemeName, "local", mayChange: true), SchemeName)));
}
