using Gateway.Worker.Bus.Topology;
using Gateway.Worker.Configuration;
using RabbitMQ.Client;

namespace Gateway.Worker.Bus;

/// <summary>The broker of full mode.</summary>
public sealed record RabbitMqOptions
{
    /// <summary>
    /// Where it is (<c>RABBITMQ_HOST</c>, with <c>RABBITMQ_PORT</c> where an entry has none), each with its port: the nodes of one cluster,
    /// of which the worker connects to any that answers.
    /// </summary>
    public required IReadOnlyList<ServerAddress> Nodes { get; init; }

    /// <summary>The virtual host (<c>RABBITMQ_VHOST</c>).</summary>
    public required string VirtualHost { get; init; }

    /// <summary>The user (<c>RABBITMQ_USER</c>).</summary>
    public required string User { get; init; }

    /// <summary>The password (<c>RABBITMQ_PASSWORD</c>): never to be shown.</summary>
    public required string Password { get; init; }

    /// <summary>How the connection is encrypted (<c>RABBITMQ_TLS</c>); null when it is not.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>
    /// How the worker says who it is (<c>RABBITMQ_AUTH</c>): by user and password, or by the certificate that it shows, whose user the
    /// broker knows. The management API is told user and password all the same.
    /// </summary>
    public IEnumerable<IAuthMechanismFactory> AuthMechanisms { get; init; } = ConnectionFactory.DefaultAuthMechanisms;

    /// <summary>
    /// How often the broker and the worker tell each other that they are there (<c>RABBITMQ_HEARTBEAT</c>), from 1 s to 60 s. A connection
    /// on which nothing came for twice as long counts as lost.
    /// </summary>
    public required TimeSpan Heartbeat { get; init; }

    /// <summary>The type of the queues that are consumed (<c>RABBITMQ_QUEUE_TYPE</c>).</summary>
    public required QueueType QueueType { get; init; }

    /// <summary>
    /// The management APIs of the nodes (<c>RABBITMQ_MANAGEMENT_URL</c>), of which any that answers is asked; without them fewer figures of
    /// queues are known.
    /// </summary>
    public required IReadOnlyList<Uri> ManagementUrls { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static RabbitMqOptions Read(Settings settings)
    {
        var tls = TlsOptions.Read(settings, "RABBITMQ_TLS", "RABBITMQ_CA_FILE", "RABBITMQ_CERT_FILE", "RABBITMQ_KEY_FILE");
        var port = settings.Number("RABBITMQ_PORT", tls is null ? 5672 : 5671, 1, 65535);
        var nodes = settings.Servers("RABBITMQ_HOST", "localhost", port);
        return new RabbitMqOptions
        {
            ManagementUrls = ReadManagementUrls(settings, nodes, isEncrypted: tls is not null),
            Nodes = nodes,
            VirtualHost = settings.Text("RABBITMQ_VHOST", "/"),
            User = settings.Text("RABBITMQ_USER", "guest"),
            Password = settings.Text("RABBITMQ_PASSWORD", "guest"),
            Tls = tls,
            AuthMechanisms = ReadAuthMechanisms(settings, tls),
            Heartbeat = settings.Duration("RABBITMQ_HEARTBEAT", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
            QueueType = settings.Choice("RABBITMQ_QUEUE_TYPE", "classic", "classic", "quorum") == "quorum"
                ? QueueType.Quorum
                : QueueType.Classic,
        };
    }

    /// <summary>Leads the client to the nodes, in an order of chance, so that the workers spread over the cluster.</summary>
    public IEndpointResolver ToResolver() => new DefaultEndpointResolver(Nodes.Select(node =>
    {
        var host = node.Host.Trim('[', ']');
        var ssl = new SslOption(host, enabled: Tls is not null);
        if (Tls is not null)
        {
            ssl.CertificateValidationCallback = Tls.CheckFor(host);
            ssl.ClientCertificateContext = Tls.OwnCertificate;
        }

        return new AmqpTcpEndpoint(host, node.Port!.Value, ssl);
    }));

    private static Uri[] ReadManagementUrls(Settings settings, IReadOnlyList<ServerAddress> nodes, bool isEncrypted)
    {
        const string Key = "RABBITMQ_MANAGEMENT_URL";
        // It is sent the password too.
        var (scheme, usualPort) = isEncrypted ? ("https", 15671) : ("http", 15672);
        Uri[] usual = [.. nodes.Select(node => new UriBuilder(scheme, node.Host, usualPort).Uri).Distinct()];
        if (!settings.IsSet(Key))
        {
            return usual;
        }

        var urls = new List<Uri>();
        foreach (var entry in settings.Text(Key, "").Split(',', StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(entry, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
            {
                settings.RejectSecret(
                    Key, $"entry {urls.Count + 1} is not an address such as http://rabbitmq:15672, without user and password");
                return usual;
            }

            urls.Add(url);
        }

        return [.. urls.Distinct()];
    }

    private static IEnumerable<IAuthMechanismFactory> ReadAuthMechanisms(Settings settings, TlsOptions? tls)
    {
        const string Certificate = "RABBITMQ_CERT_FILE";
        if (settings.Choice("RABBITMQ_AUTH", "password", "password", "certificate") == "password")
        {
            return ConnectionFactory.DefaultAuthMechanisms;
        }

        if (tls is null || !settings.IsSet(Certificate))
        {
            settings.RejectSecret("RABBITMQ_AUTH", $"'certificate' is of no use without RABBITMQ_TLS=on and {Certificate}");
        }

        return [new ExternalMechanismFactory()];
    }

    /// <summary>Where it is; fit to be logged, since no password is in it.</summary>
    public override string ToString() => string.Join(',', Nodes);
}
