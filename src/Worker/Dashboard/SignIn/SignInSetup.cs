using System.Globalization;
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

/// <summary>Who has a key of the API signs in with it and gets a cookie, which any worker understands.</summary>
public static class SignInSetup
{
    /// <summary>Where one signs in.</summary>
    public const string SignInPath = "/sign-in";

    /// <summary>Where one signs out.</summary>
    public const string SignOutPath = "/sign-out";

    private const string KeyClaim = "key";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Adds the cookie and the keys that sign it.</summary>
    public static void AddSignIn(this IServiceCollection services)
    {
        // Kept in the database, and not named after a folder: else each worker would have its own.
        services.AddDataProtection().SetApplicationName("gateway-worker").PersistKeysToDbContext<GatewayDbContext>();
        // It would ask the database at each start, for visitors who may never come.
        var preload = services.Single(service => service.ImplementationType?.Name == "DataProtectionHostedService");
        services.Remove(preload);
        // Who reads the database can do more than sign in.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error));
        services.AddAntiforgery(forms => forms.Cookie.Name = "gateway-form");
        services.AddCascadingAuthenticationState();
        new AuthenticationBuilder(services).AddCookie(Visits.SchemeName, cookie =>
        {
            cookie.Cookie.Name = Visits.CookieName;
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = Lifetime;
            cookie.SlidingExpiration = false;
            cookie.LoginPath = SignInPath;
            cookie.ReturnUrlParameter = "from";
            cookie.Events.OnValidatePrincipal = KeyIsStillThereAsync;
            cookie.Events.OnRedirectToLogin = LeadAsync;
            cookie.Events.OnRedirectToAccessDenied = context => context.HttpContext.ForbidAsync(ApiKeyHandler.SchemeName);
        });
    }

    /// <summary>Maps the page where one signs in, and what its form and that of signing out are sent to.</summary>
    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet(SignInPath, Show).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(SignInPath, SignInAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost(SignOutPath, SignOutAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static RazorComponentResult<SignInPage> Show(HttpContext context)
    {
        var query = context.Request.Query;
        return new RazorComponentResult<SignInPage>(new Dictionary<string, object?>
        {
            [nameof(SignInPage.From)] = OwnPath(query["from"]),
            [nameof(SignInPage.Complaint)] = ComplaintOf(query["why"]),
        });
    }

    private static async Task SignInAsync(
        HttpContext context, IAntiforgery antiforgery, OpsOptions options, WrongKeys wrongKeys, TimeProvider time)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var from = OwnPath(form["from"]);
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            Redirect(context, SignInPath, from, "form");
            return;
        }

        var address = context.Connection.RemoteIpAddress;
        if (Find(options.Keys, form["key"].ToString().Trim()) is not { } key)
        {
            var why = wrongKeys.IsBlocked(address) ? "blocked" : "wrong";
            wrongKeys.Count(address);
            Redirect(context, SignInPath, from, why);
            return;
        }

        var visitor = OperatorClaims.Create(Visits.SchemeName, key.Name, key.MayChange);
        var identity = (ClaimsIdentity)visitor.Identity!;
        var until = time.GetUtcNow() + Lifetime;
        identity.AddClaim(new Claim(KeyClaim, FingerprintOf(key)));
        identity.AddClaim(new Claim(ClaimTypes.Expiration, until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));
        await context.SignInAsync(Visits.SchemeName, visitor, new AuthenticationProperties { ExpiresUtc = until });
        context.Response.Redirect(context.Request.PathBase + from);
    }

    // A form of another site signs nobody out: the browser sends the cookie along with our own alone.
    private static async Task SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(Visits.SchemeName);
        Redirect(context, SignInPath, "/", "out");
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

    // Who took a key out of OPS_API_KEYS, or gave it another role, wants no one signed in by it any more.
    private static Task KeyIsStillThereAsync(CookieValidatePrincipalContext context)
    {
        var keys = context.HttpContext.RequestServices.GetRequiredService<OpsOptions>().Keys;
        if (context.Principal?.FindFirst(KeyClaim)?.Value is { } fingerprint && !keys.Any(key => FingerprintOf(key) == fingerprint))
        {
            context.RejectPrincipal();
        }

        return Task.CompletedTask;
    }

    private static string FingerprintOf(ApiKey key) =>
        $"{(key.MayChange ? "operator" : "viewer")}:{Convert.ToHexStringLower(key.Hash.Span[..8])}";

    private static Task LeadAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (!context.HttpContext.IsVisit)
        {
            return context.HttpContext.ChallengeAsync(ApiKeyHandler.SchemeName);
        }

        var request = context.Request;
        var why = request.Cookies.ContainsKey(Visits.CookieName) ? "expired" : null;
        Redirect(context.HttpContext, SignInPath, request.Path + request.QueryString, why);
        return Task.CompletedTask;
    }

    private static void Redirect(HttpContext context, string path, string from, string? why)
    {
        var query = QueryString.Create(from == "/" ? [] : [KeyValuePair.Create("from", (string?)from)]);
        query = why is null ? query : query.Add("why", why);
        context.Response.Redirect(context.Request.PathBase + path + query);
    }

    // A page of ours and never another site: '//' and '/\' begin an address elsewhere.
    private static string OwnPath(string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..]
        && !path.Any(char.IsControl)
        && !path.StartsWith(SignInPath, StringComparison.Ordinal)
            ? path
            : "/";

    private static string? ComplaintOf(string? why) => why switch
    {
        "wrong" => Texts.SignInWrong,
        "blocked" => Say.With(Texts.SignInBlocked, WrongKeys.RetryAfterSeconds),
        "form" => Texts.SignInForm,
        "expired" => Texts.SignInExpired,
        _ => null,
    };
}
