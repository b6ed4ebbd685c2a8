using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Registers who may use the API and the pages. Schemes find out who asks, and routes say by policy whom they let in:
/// <see cref="Roles.ForViewers"/>, <see cref="Roles.ForOperators"/>, or anybody.
/// </summary>
public static class AccessSetup
{
    // It has no handler of its own: it hands each request on to the scheme that can read what the request carries.
    private const string AnyScheme = "Any";

    /// <summary>Adds the schemes and the policies.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, OpsOptions options, bool takesVisits)
    {
        services.AddSingleton<WrongKeys>();
        // Not AddAuthentication, which keeps keys for cookies on disk: neither of these schemes has a cookie.
        services.AddAuthenticationCore(schemes => schemes.DefaultScheme = AnyScheme);
        services.AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddPolicyScheme(
                AnyScheme,
                displayName: null,
                any => any.ForwardDefaultSelector = context => SchemeOf(context, options, takesVisits))
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, configureOptions: null)
            .AddScheme<AuthenticationSchemeOptions, LocalHandler>(LocalHandler.SchemeName, configureOptions: null);
        // The library tells of each request without a key and of each wrong one; strangers would fill the log.
        services.AddLogging(logging => logging.AddFilter(typeof(ApiKeyHandler).FullName, LogLevel.Warning));
        services.AddAuthorizationBuilder()
            .AddPolicy(Roles.Viewer, policy => policy.RequireRole(Roles.Viewer, Roles.Operator))
            .AddPolicy(Roles.Operator, policy => policy.RequireRole(Roles.Operator))
            .SetDefaultPolicy(new AuthorizationPolicyBuilder().RequireRole(Roles.Viewer, Roles.Operator).Build())
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(IsLetInUnsaid).Build());
        return services;
    }

    // Somebody who is signed in may also read by the API, such as a report that a page offers; to change something by it takes a key.
    private static string SchemeOf(HttpContext context, OpsOptions options, bool takesVisits)
    {
        if (options.AsksNoKey)
        {
            return LocalHandler.SchemeName;
        }

        var request = context.Request;
        var isVisit = takesVisits
            && (context.IsVisit || (HttpMethods.IsGet(request.Method) && request.Cookies.ContainsKey(Visits.CookieName)));
        return isVisit && request.Headers.Authorization.Count == 0 ? Visits.SchemeName : ApiKeyHandler.SchemeName;
    }

    // A route that says nothing of who may come is for operators alone. Where there is no route, whoever has a key is told so; and anybody
    // is told that the first page takes no other method.
    private static bool IsLetInUnsaid(AuthorizationHandlerContext asked) =>
        asked.User.MayChange
        || (asked.Resource is HttpContext context && context.GetEndpoint() is not RouteEndpoint
            && (asked.User.IsInRole(Roles.Viewer) || context.Request.Path == HomePage.Path));
}
