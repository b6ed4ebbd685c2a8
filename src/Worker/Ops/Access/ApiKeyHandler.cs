using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Knows who asks by the key of the request (<c>Authorization: Bearer</c>). An address that has presented ten wrong keys is answered 429
/// for a while when it presents another one. A right key passes all the same: many people may share the address of a proxy.
/// </summary>
public sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    OpsOptions options,
    WrongKeys wrongKeys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    /// <summary>The scheme.</summary>
    public const string SchemeName = "ApiKey";

    private const string Prefix = "Bearer ";

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var authorization = Request.Headers.Authorization.ToString();
        return Task.FromResult(authorization.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            ? Judge(authorization[Prefix.Length..].Trim())
            : AuthenticateResult.NoResult());
    }

    /// <inheritdoc/>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        // A wrong key is counted where one is asked for: a probe that presents it is answered like any other.
        if ((await HandleAuthenticateOnceSafeAsync()).Failure is null)
        {
            await RefuseAsync(
                "A key is needed",
                "Send 'Authorization: Bearer KEY' with a key whose hash is in OPS_API_KEYS; the command line takes it from OPS_API_KEY.");
            return;
        }

        var address = Context.Connection.RemoteIpAddress;
        if (wrongKeys.IsBlocked(address))
        {
            Response.Headers.RetryAfter = WrongKeys.RetryAfterSeconds;
            await Problems.Create(
                StatusCodes.Status429TooManyRequests,
                "Too many wrong keys",
                $"Wrong keys came from this address. Try again in {WrongKeys.RetryAfterSeconds} seconds.").ExecuteAsync(Context);
            return;
        }

        wrongKeys.Count(address);
        await RefuseAsync("The key is wrong", "No entry of OPS_API_KEYS has the hash of this key.");
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        HttpTranslation.ProblemOf(Refusal.NotAnOperator(Context.OperatorName)).ExecuteAsync(Context);

    private AuthenticateResult Judge(string presented)
    {
        ApiKey? found = null;
        // Every key is compared, so that the time tells nothing of which one matched.
        foreach (var key in options.Keys)
        {
            if (key.Matches(presented))
            {
                found = key;
            }
        }

        return found is { } right
            ? AuthenticateResult.Success(
                new AuthenticationTicket(OperatorClaims.Create(SchemeName, right.Name, right.MayChange), SchemeName))
            : AuthenticateResult.Fail("The key is wrong.");
    }

    private Task RefuseAsync(string title, string detail)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Create(StatusCodes.Status401Unauthorized, title, detail).ExecuteAsync(Context);
    }
}
