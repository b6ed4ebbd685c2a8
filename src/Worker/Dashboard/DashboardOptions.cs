using Gateway.Worker.Configuration;

namespace Gateway.Worker.Dashboard;

/// <summary>The pages for operators.</summary>
/// <param name="IsOn">Whether the worker serves them (<c>GATEWAY_DASHBOARD</c>).</param>
/// <param name="PathBase">
/// The path under which a proxy offers the worker, such as <c>/gateway</c>; empty for none (<c>OPS_PATH_BASE</c>).
/// </param>
/// <param name="TraceUrl">Where a trace is shown, with <c>{trace_id}</c> in it; null for nowhere (<c>TRACE_URL</c>).</param>
public sealed record DashboardOptions(bool IsOn, PathString PathBase, string? TraceUrl)
{
    private const string TraceId = "{trace_id}";

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static DashboardOptions Read(Settings settings) =>
        new(settings.Choice("GATEWAY_DASHBOARD", "on", "on", "off") == "on", ReadPathBase(settings), ReadTraceUrl(settings));

    /// <summary>Where a trace is shown; null where none is, or nothing is known of it.</summary>
    /// <param name="traceId">32 hexadecimal digits.</param>
    public string? LinkToTrace(string? traceId) =>
        traceId is null ? null : TraceUrl?.Replace(TraceId, traceId, StringComparison.Ordinal);

    private static string? ReadTraceUrl(Settings settings)
    {
        const string Variable = "TRACE_URL";
        if (settings.OptionalText(Variable) is not { } text)
        {
            return null;
        }

        var isUrl = Uri.TryCreate(text.Replace(TraceId, "0", StringComparison.Ordinal), UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);
        if (isUrl && url!.UserInfo.Length > 0)
        {
            settings.RejectSecret(Variable, "must have no credentials in it: browsers are told it");
        }
        else if (!isUrl || !text.Contains(TraceId, StringComparison.Ordinal))
        {
            settings.Reject(
                Variable, text, $"an http or https address with {TraceId} in it, such as http://127.0.0.1:16686/trace/{TraceId}");
        }

        return text;
    }

    private static PathString ReadPathBase(Settings settings)
    {
        const string Variable = "OPS_PATH_BASE";
        var text = settings.Text(Variable, "").TrimEnd('/');
        if (text.Length == 0)
        {
            return default;
        }

        var isPath = text[0] == '/' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '~')
            && text.Split('/')[1..].All(part => part is not ("" or "." or ".."));
        if (isPath)
        {
            return new PathString(text);
        }

        settings.Reject(Variable, text, "a path such as /gateway, of letters, digits, hyphens, dots and underscores");
        return default;
    }
}
