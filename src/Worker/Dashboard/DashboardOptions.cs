using Gateway.Worker.Configuration;

namespace Gateway.Worker.Dashboard;

/// <summary>The pages for operators.</summary>
/// <param name="IsOn">Whether the worker serves them (<c>GATEWAY_DASHBOARD</c>).</param>
/// <param name="PathBase">
/// The path under which a proxy offers the worker, such as <c>/gateway</c>; empty for none (<c>OPS_PATH_BASE</c>).
/// </param>
public sealed record DashboardOptions(bool IsOn, PathString PathBase)
{
    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static DashboardOptions Read(Settings settings) =>
        new(settings.Choice("GATEWAY_DASHBOARD", "on", "on", "off") == "on", ReadPathBase(settings));

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
