using System.Text;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>The proxy through which webhooks go, so that merchants see one fixed address.</summary>
public sealed class WebhookProxy
{
    private WebhookProxy(string host, int port, string? authorization) => (Host, Port, Authorization) = (host, port, authorization);

    /// <summary>Its host.</summary>
    public string Host { get; }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>The header <c>Proxy-Authorization</c>: never to be shown. Null when the proxy asks for none.</summary>
    public string? Authorization { get; }

    /// <summary>Reads <c>WEBHOOK_PROXY</c>, <c>WEBHOOK_PROXY_USER</c> and <c>WEBHOOK_PROXY_PASSWORD</c>; null when there is none.</summary>
    public static WebhookProxy? Read(Settings settings)
    {
        var user = settings.OptionalText("WEBHOOK_PROXY_USER");
        var password = settings.OptionalText("WEBHOOK_PROXY_PASSWORD");
        if ((user is null) != (password is null))
        {
            settings.RejectSecret("WEBHOOK_PROXY_PASSWORD", "is needed with WEBHOOK_PROXY_USER, and only with it");
        }

        if (settings.OptionalText("WEBHOOK_PROXY") is not { } text)
        {
            if (user is not null)
            {
                settings.RejectSecret("WEBHOOK_PROXY_USER", "is of no use without WEBHOOK_PROXY");
            }

            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp || url.Host.Length == 0
            || url.UserInfo.Length > 0 || url.PathAndQuery != "/" || url.Port <= 0)
        {
            // The value may hold a password.
            settings.RejectSecret(
                "WEBHOOK_PROXY",
                "the value is not an address such as http://proxy:3128; its user and password are variables of their own");
            return null;
        }

        return new WebhookProxy(
            url.IdnHost, url.Port, user is null ? null : $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}");
    }

    /// <summary>Where it is; fit to be logged, since no password is in it.</summary>
    public override string ToString() => $"{Host}:{Port}";
}
