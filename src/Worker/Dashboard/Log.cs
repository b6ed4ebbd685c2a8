namespace Gateway.Worker.Dashboard;

/// <summary>What the dashboard tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(2401, LogLevel.Error, "A page of the dashboard could not be shown")]
    public static partial void PageFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        2402,
        LogLevel.Warning,
        "A page of {Origin} asked for the dashboard's WebSocket at {Host} and was refused: let the proxy pass on the Host header, or name "
        + "its host in OPS_ALLOWED_HOSTS")]
    public static partial void ForeignOrigin(ILogger logger, string origin, string host);

    [LoggerMessage(2411, LogLevel.Warning, "{Issuer} did not answer as a provider of OpenID Connect, so nobody signs in there: {Reason}")]
    public static partial void ProviderAway(ILogger logger, Uri issuer, string reason);

    [LoggerMessage(
        2412,
        LogLevel.Warning,
        "{Issuer} refused to sign somebody in: {Reason} Compare OPS_OIDC_CLIENT_ID, OPS_OIDC_CLIENT_SECRET and the address of return with "
        + "what it knows of this worker")]
    public static partial void ProviderRefused(ILogger logger, Uri issuer, string reason);

    [LoggerMessage(
        2413,
        LogLevel.Warning,
        "{Name} signed in at {Issuer} and may do nothing here: the claim '{RoleClaim}' holds neither '{ViewerRole}' nor '{OperatorRole}'")]
    public static partial void NoRole(ILogger logger, string name, Uri issuer, string roleClaim, string viewerRole, string operatorRole);

    [LoggerMessage(2414, LogLevel.Information, "{Name} signed in at {Issuer} as {Role}; there {Subject}")]
    public static partial void SignedIn(ILogger logger, string name, Uri issuer, string role, string subject);
}
