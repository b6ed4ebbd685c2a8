using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Worker.Configuration;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Microsoft.Extensions.Configuration;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>A sender with the settings by which an operator lets webhooks reach loopback, and a request for it.</summary>
internal static class Loopback
{
    public static readonly SendingOptions Allowed = new()
    {
        AllowHttp = true,
        AllowedPorts = [],
        AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")],
    };

    public static WebhookSender Sender(
        TimeProvider? time = null,
        SendingOptions? options = null,
        NameResolver? resolve = null,
        X509ChainPolicy? trust = null,
        TimeProvider? guardsTime = null)
    {
        options ??= Allowed;
        var guard = new EndpointGuard(options, resolve ?? Unknown, guardsTime ?? TimeProvider.System);
        return new WebhookSender(options, guard, time ?? TimeProvider.System, propagator: null, trust ?? new X509ChainPolicy());
    }

    public static NameResolver ResolvesTo(params IPAddress[] addresses) => (_, _) => Task.FromResult(addresses);

    public static WebhookRequest Request(Uri url) => new()
    {
        Url = url,
        Body = """{"type":"payment.completed"}"""u8.ToArray(),
        Headers = [new("webhook-id", "msg_1"), new("webhook-timestamp", "1767225600"), new("webhook-signature", "v1,c2ln")],
    };

    public static WebhookProxy Proxy(ConnectProxy proxy, params (string Variable, string Value)[] settings)
    {
        var variables = settings.Append(("WEBHOOK_PROXY", $"http://127.0.0.1:{proxy.Port}"))
            .Select(setting => KeyValuePair.Create(setting.Item1, (string?)setting.Item2));
        return WebhookProxy.Read(new Settings(new ConfigurationBuilder().AddInMemoryCollection(variables).Build()))!;
    }

    private static Task<IPAddress[]> Unknown(string host, CancellationToken cancellationToken) =>
        Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
}
