using System.Security.Claims;
using Gateway.Persistence;
using Gateway.Worker.Dashboard.Parts;
using Gateway.Worker.Ops;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Worker.Dashboard.SignIn;

/// <summary>
/// Who has a key of the API, or is known to the provider of OpenID Connect, signs in and gets a cookie, which any worker understands.
/// </summary>
public static class SignInSetup
{
    /// <summary>Adds the cookie and the keys that sign it.</summary>
    public static void AddSignIn(this IServiceCollection services, OpenIdOptions? provider)
    {
        var schemes = services.AddAuthentication();
        // Kept in the database, and not named after a folder: else each worker would have its own.
        services.AddDataProtection().SetApplicationName("gateway-worker").PersistKeysToDbContext<GatewayDbContext>();
        // It would ask the database at each start, for visitors who may never come.
        var preload = services.Single(service => service.ImplementationType?.Name == "DataProtectionHostedService");
        services.Remove(preload);
        // Who reads the database can do more than sign in.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.AddAntiforgery(forms => forms.Cookie.Name = "gateway-form");
        services.AddCascadingAuthenticationState();
        schemes.AddCookie(Visits.SchemeName, cookie =>
        {
            cookie.Cookie.Name = Visits.CookieName;
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.SlidingExpiration = false;
            cookie.LoginPath = SignInAddress.Page;
            cookie.ReturnUrlParameter = "from";
            cookie.Events.OnValidatePrincipal = CheckAsync;
            cookie.Events.OnRedirectToLogin = RedirectAsync;
            cookie.Events.OnRedirectToAccessDenied = context => context.HttpContext.ForbidAsync(ApiKeyHandler.SchemeName);
        });
        if (provider is not null)
        {
            schemes.AddOpenId(provider);
        }
    }

    /// <summary>Maps the page where one signs in, and what its form and that of signing out are sent to.</summary>
    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet(SignInAddress.Page, Show).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(SignInAddress.Page, SignInAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(SignInAddress.SignOut, SignOutAsync).AllowAnonymous().ExcludeFromDescription();
        if (app.ServiceProvider.GetRequiredService<OpsOptions>().OpenId is { } provider)
        {
            app.MapOpenId(provider);
        }
    }

    private static RazorComponentResult<SignInPage> Show(HttpContext context, OpsOptions options)
    {
        // Whoever sends the form is nobody yet, also where somebody is signed in, and the form's token must be nobody's.
        context.User = new ClaimsPrincipal(new ClaimsIdentity());
        var query = context.Request.Query;
        var why = query["why"].ToString();
        return new RazorComponentResult<SignInPage>(new Dictionary<string, object?>
        {
            [nameof(SignInPage.From)] = SignInAddress.OwnPath(query["from"]),
            [nameof(SignInPage.Complaint)] = ComplaintOf(why, options.OpenId),
            [nameof(SignInPage.Provider)] = options.OpenId,
            [nameof(SignInPage.TakesKeys)] = options.Keys.Count > 0 || options.OpenId is null,
            [nameof(SignInPage.IsAskedAgain)] = why is "out" or "role",
        });
    }

    private static async Task SignInAsync(
        HttpContext context, IAntiforgery antiforgery, OpsOptions options, WrongKeys wrongKeys, TimeProvider time)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var from = SignInAddress.OwnPath(form["from"]);
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            SignInAddress.RedirectToSignIn(context, from, "form");
            return;
        }

        var address = context.Connection.RemoteIpAddress;
        if (Find(options.Keys, form["key"].ToString().Trim()) is not { } key)
        {
            var why = wrongKeys.IsBlocked(address) ? "blocked" : "wrong";
            wrongKeys.Count(address);
            SignInAddress.RedirectToSignIn(context, from, why);
            return;
        }

        var ticket = VisitorCookie.For(key, time.GetUtcNow());
        await context.SignInAsync(Visits.SchemeName, ticket.Principal, ticket.Properties);
        context.Response.Redirect(context.Request.PathBase + from);
    }

    // A form of another site signs nobody out: the browser sends the cookie along with our own alone.
    private static async Task SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(Visits.SchemeName);
        SignInAddress.RedirectToSignIn(context, "/", "out");
    }

    private static ApiKey? Find(IReadOnlyList<ApiKey> keys, string presented)
    {
        ApiKey? found = null;
        // Every key is compared, so that the time tells nothing of which one matched.
        foreach (var key in keys)
        {
            if (key.Matches(presented))
            {
                found = key;
            }
        }

        return found;
    }

    private static Task CheckAsync(CookieValidatePrincipalContext context)
    {
        if (!VisitorCookie.IsStillGood(context.Principal!, context.HttpContext.RequestServices.GetRequiredService<OpsOptions>()))
        {
            context.RejectPrincipal();
        }

        return Task.CompletedTask;
    }

    private static Task RedirectAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (!context.HttpContext.IsVisit)
        {
            return context.HttpContext.ChallengeAsync(ApiKeyHandler.SchemeName);
        }

        var request = context.Request;
        var why = request.Cookies.ContainsKey(Visits.CookieName) ? "expired" : null;
        SignInAddress.RedirectToSignIn(context.HttpContext, request.Path + request.QueryString, why);
        return Task.CompletedTask;
    }

    private static string? ComplaintOf(string why, OpenIdOptions? provider) => why switch
    {
        "wrong" => Texts.SignInWrong,
        "blocked" => Say.With(Texts.SignInBlocked, WrongKeys.RetryAfterSeconds),
        "form" => Texts.SignInForm,
        "expired" => Texts.SignInExpired,
        _ => provider is null ? null : ComplaintOf(why, provider.Issuer.Authority, provider),
    };

    private static string? ComplaintOf(string why, string name, OpenIdOptions provider) => why switch
    {
        "away" => Say.With(Texts.SignInAway, name),
        "denied" => Say.With(Texts.SignInDenied, name),
        "out" => Say.With(Texts.SignInOut, name),
        "refused" => Say.With(Texts.SignInRefused, name),
        "role" => Say.With(Texts.SignInNoRole, name, provider.ViewerRole, provider.OperatorRole),
        "stale" => Texts.SignInStale,
        _ => null,
    };
}
