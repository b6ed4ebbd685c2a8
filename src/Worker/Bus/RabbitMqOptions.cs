using Gateway.Worker.Configuration;

namespace Gateway.Worker.Bus;

/// <summary>The broker of full mode.</summary>
public sealed class RabbitMqOptions
{
    /// <summary>Its host (<c>RABBITMQ_HOST</c>).</summary>
    public required string Host { get; init; }

    /// <summary>Its port (<c>RABBITMQ_PORT</c>).</summary>
    public required ushort Port { get; init; }

    /// <summary>The virtual host (<c>RABBITMQ_VHOST</c>).</summary>
    public required string VirtualHost { get; init; }

    /// <summary>The user (<c>RABBITMQ_USER</c>).</summary>
    public required string User { get; init; }

    /// <summary>The password (<c>RABBITMQ_PASSWORD</c>): never to be shown.</summary>
    public required string Password { get; init; }

    /// <summary>Whether the connection is encrypted (<c>RABBITMQ_TLS</c>).</summary>
    public required bool Tls { get; init; }

    /// <summary>
    /// How often the broker and the worker tell each other that they are there (<c>RABBITMQ_HEARTBEAT</c>), from 1 s to 60 s. A connection
    /// on which nothing came for twice as long counts as lost.
    /// </summary>
    public required TimeSpan Heartbeat { get; init; }

    /// <summary>The broker's management API (<c>RABBITMQ_MANAGEMENT_URL</c>); without it fewer figures of queues are known.</summary>
    public required Uri ManagementUrl { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static RabbitMqOptions Read(Settings settings)
    {
        var tls = settings.Flag("RABBITMQ_TLS", false);
        var host = settings.Text("RABBITMQ_HOST", "localhost");
        var management = settings.Text("RABBITMQ_MANAGEMENT_URL", $"http://{host}:15672");
        if (!Uri.TryCreate(management, UriKind.Absolute, out var managementUrl)
            || managementUrl.Scheme is not ("http" or "https") || managementUrl.UserInfo.Length > 0)
        {
            settings.RejectSecret(
                "RABBITMQ_MANAGEMENT_URL", "the value is not an address such as http://rabbitmq:15672, without user and password");
            managementUrl = new Uri("http://localhost:15672");
        }

        return new RabbitMqOptions
        {
            ManagementUrl = managementUrl,
            Host = host,
            Port = (ushort)settings.Number("RABBITMQ_PORT", tls ? 5671 : 5672, 1, 65535),
            VirtualHost = settings.Text("RABBITMQ_VHOST", "/"),
            User = settings.Text("RABBITMQ_USER", "guest"),
            Password = settings.Text("RABBITMQ_PASSWORD", "guest"),
            Tls = tls,
            Heartbeat = settings.Duration("RABBITMQ_HEARTBEAT", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
        };
    }

    /// <summary>Names no password.</summary>
    public override string ToString() => $"{Host}:{Port}";
}
