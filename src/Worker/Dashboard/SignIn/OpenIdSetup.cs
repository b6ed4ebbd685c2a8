using System.Globalization;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Gateway.Worker.Dashboard.SignIn;

/// <summary>
/// Signing in at a provider of OpenID Connect: by an authorization code with PKCE (RFC 7636). Of what it says the name and the role go into
/// the same cookie that a key gives; its tokens are kept nowhere.
/// </summary>
public static class OpenIdSetup
{
    /// <summary>The scheme.</summary>
    public const string SchemeName = "OpenId";

    /// <summary>Adds the scheme.</summary>
    public static void AddOpenId(this AuthenticationBuilder schemes, OpenIdOptions provider)
    {
        schemes.AddOpenIdConnect(SchemeName, oidc =>
        {
            oidc.Authority = provider.Issuer.ToString();
            oidc.RequireHttpsMetadata = provider.Issuer.Scheme == Uri.UriSchemeHttps;
            oidc.ClientId = provider.ClientId;
            oidc.ClientSecret = provider.ClientSecret;
            oidc.SignInScheme = Visits.SchemeName;
            oidc.ResponseType = OpenIdConnectResponseType.Code;
            // A form that the provider's page sends would come without cookies that are kept from other sites' forms.
            oidc.ResponseMode = OpenIdConnectResponseMode.Query;
            oidc.CallbackPath = SignInAddress.FromProvider;
            // Doors that nobody needs: signing out ends the cookie.
            oidc.RemoteSignOutPath = default;
            oidc.SignedOutCallbackPath = default;
            oidc.BackchannelTimeout = TimeSpan.FromSeconds(10);
            oidc.DisableTelemetry = true;
            oidc.SaveTokens = false;
            foreach (var cookie in (CookieBuilder[])[oidc.NonceCookie, oidc.CorrelationCookie])
            {
                cookie.SameSite = SameSiteMode.Lax;
                cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            }

            oidc.Scope.Clear();
            foreach (var scope in provider.Scopes.Prepend("openid").Distinct(StringComparer.Ordinal))
            {
                oidc.Scope.Add(scope);
            }

            oidc.MapInboundClaims = false;
            oidc.GetClaimsFromUserInfoEndpoint = true;
            oidc.ClaimActions.Clear();
            foreach (var claim in Person.NameClaims.Append(provider.RoleClaim))
            {
                oidc.ClaimActions.MapJsonKey(claim, claim);
            }

            oidc.Events.OnTicketReceived = context => LetInAsync(context, provider);
            oidc.Events.OnAccessDenied = context => TurnAway(context, "denied");
            oidc.Events.OnRemoteFailure = context => TurnAway(context, WhyOf(context.Failure, provider, context.HttpContext));
        });
        // Each failure is told once, by ourselves; and what strangers send to the address of return would fill the log.
        schemes.Services.AddLogging(logging => logging.AddFilter(typeof(OpenIdConnectHandler).FullName, LogLevel.None));
    }

    /// <summary>Maps where one is sent to the provider from, and where one goes on from.</summary>
    public static void MapOpenId(this IEndpointRouteBuilder app, OpenIdOptions provider)
    {
        app.MapGet(SignInAddress.ToProvider, context => BeginAsync(context, provider)).AllowAnonymous().ExcludeFromDescription();
        app.MapGet(SignInAddress.Done, GoOn).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task BeginAsync(HttpContext context, OpenIdOptions provider)
    {
        var query = context.Request.Query;
        var from = SignInAddress.OwnPath(query["from"]);
        try
        {
            // Asked for by itself: what fails afterwards may be a database that is away.
            var oidc = context.RequestServices.GetRequiredService<IOptionsMonitor<OpenIdConnectOptions>>().Get(SchemeName);
            await oidc.ConfigurationManager!.GetConfigurationAsync(context.RequestAborted);
        }
        catch (InvalidOperationException exception)
        {
            SignInAddress.RedirectToSignIn(context, from, WhyOf(exception, provider, context));
            return;
        }

        try
        {
            await context.ChallengeAsync(SchemeName, new OpenIdConnectChallengeProperties
            {
                RedirectUri = context.Request.PathBase + SignInAddress.Done + SignInAddress.QueryOf(from),
                // Who has signed out, or is there under a name that may do nothing, is not to come back by himself.
                Prompt = query.ContainsKey("again") ? OpenIdConnectPrompt.Login : null,
            });
        }
        catch (Exception exception) when (exception is OpenIdConnectProtocolException or HttpRequestException or TaskCanceledException
            && !context.RequestAborted.IsCancellationRequested)
        {
            SignInAddress.RedirectToSignIn(context, from, WhyOf(exception, provider, context));
        }
    }

    // A page, because the browser keeps our cookie from where another site has sent it, and does so along a chain of redirects.
    private static RazorComponentResult<SignedInPage> GoOn(HttpContext context) => new(new Dictionary<string, object?>
    {
        [nameof(SignedInPage.From)] = SignInAddress.OwnPath(context.Request.Query["from"]),
    });

    private static Task LetInAsync(TicketReceivedContext context, OpenIdOptions provider)
    {
        var person = Person.From(context.Principal!, provider);
        if (person.MayChange is not { } mayChange)
        {
            var logger = LoggerOf(context.HttpContext);
            Log.NoRole(logger, person.Name, provider.Issuer, provider.RoleClaim, provider.ViewerRole, provider.OperatorRole);
            SignInAddress.RedirectToSignIn(context.HttpContext, "/", "role");
            context.HandleResponse();
            return Task.CompletedTask;
        }

        var time = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>();
        var ticket = VisitorCookie.For(person.Name, mayChange, provider, time.GetUtcNow());
        // A name may change hands at the provider; what it calls the person for good is told here alone.
        Log.SignedIn(LoggerOf(context.HttpContext), person.Name, provider.Issuer, mayChange ? "operator" : "viewer", person.Subject);
        (context.Principal, context.Properties) = (ticket.Principal, ticket.Properties);
        return Task.CompletedTask;
    }

    private static Task TurnAway(HandleRequestContext<RemoteAuthenticationOptions> context, string why)
    {
        SignInAddress.RedirectToSignIn(context.HttpContext, "/", why);
        context.HandleResponse();
        return Task.CompletedTask;
    }

    // What strangers can bring about by themselves is not logged, as far as it can be told from what the provider does.
    private static string WhyOf(Exception? failure, OpenIdOptions provider, HttpContext context)
    {
        var logger = LoggerOf(context);
        switch (failure)
        {
            case AuthenticationFailureException or BadHttpRequestException or InvalidDataException or null:
                return "stale";
            case var _ when context.RequestAborted.IsCancellationRequested:
                return "away";
            case HttpRequestException { StatusCode: null or >= System.Net.HttpStatusCode.InternalServerError }
                or IOException or OperationCanceledException or InvalidOperationException:
                Log.ProviderAway(logger, provider.Issuer, WordsOf(failure.GetBaseException()));
                return "away";
            default:
                Log.ProviderRefused(logger, provider.Issuer, WordsOf(failure));
                return "refused";
        }
    }

    // In it may be what a stranger has written into the address of return: on one line, and not at length.
    private static string WordsOf(Exception failure) =>
        string.Concat(failure.Message.Take(300)
            .Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? ' ' : c));

    private static ILogger LoggerOf(HttpContext context) =>
        context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OpenIdSetup));
}
