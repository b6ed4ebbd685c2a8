namespace Gateway.Worker.Dashboard.SignIn;

/// <summary>The addresses of signing in and out, and how one is led between them.</summary>
internal static class SignInAddress
{
    /// <summary>Where one signs in.</summary>
    public const string Page = "/sign-in";

    /// <summary>Where one signs out.</summary>
    public const string SignOut = "/sign-out";

    /// <summary>Where one is sent to the provider from.</summary>
    public const string ToProvider = Page + "/openid";

    /// <summary>Where the provider sends one back to: its description of this worker names it.</summary>
    public const string FromProvider = Page + "/callback";

    /// <summary>Where one goes on from, with the cookie.</summary>
    public const string Done = Page + "/done";

    /// <summary>Leads somebody to the page where one signs in.</summary>
    /// <param name="context">His request.</param>
    /// <param name="from">The page to go on to afterwards.</param>
    /// <param name="why">A word that the page makes a sentence of; null for none.</param>
    public static void RedirectToSignIn(HttpContext context, string from, string? why)
    {
        var query = why is null ? QueryOf(from) : QueryOf(from).Add("why", why);
        context.Response.Redirect(context.Request.PathBase + Page + query);
    }

    /// <summary>The query that tells the page to go on to.</summary>
    public static QueryString QueryOf(string from) => QueryString.Create(from == "/" ? [] : [KeyValuePair.Create("from", (string?)from)]);

    /// <summary>A page of ours and never another site: '//' and '/\' begin an address elsewhere.</summary>
    public static string OwnPath(string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..]
        && !path.Any(char.IsControl)
        && !path.StartsWith(Page, StringComparison.Ordinal)
            ? path
            : "/";
}
