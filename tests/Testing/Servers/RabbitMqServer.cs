using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Testing.Network;

namespace Gateway.Testing.Servers;

/// <summary>The RabbitMQ broker of the tests, with its management API.</summary>
public sealed class RabbitMqServer : TestServer, IDisposable
{
    private readonly string? _directory;

    internal RabbitMqServer(Uri uri, Uri? managementUrl, string? directory)
        : this(uri, managementUrl, directory, "rabbitmq", "gateway-tests@localhost")
    {
    }

    private RabbitMqServer(Uri uri, Uri? managementUrl, string? directory, string name, string node)
        : base(name, directory)
    {
        (Uri, Node, _directory) = (uri, node, directory);
        var credentials = uri.UserInfo.Split(':', 2);
        Host = uri.Host;
        Port = uri.IsDefaultPort ? 5672 : uri.Port;
        User = credentials is [{ Length: > 0 } user, ..] ? Uri.UnescapeDataString(user) : "guest";
        Password = credentials is [_, var password] ? Uri.UnescapeDataString(password) : "guest";
        VirtualHost = uri.AbsolutePath is "/" or "" ? "/" : Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        ManagementUrl = managementUrl ?? new UriBuilder("http", Host, 15672).Uri;
        Management = new HttpClient { BaseAddress = ManagementUrl };
        Management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));
    }

    /// <summary>The AMQP URI with credentials, for a client of RabbitMQ.</summary>
    public Uri Uri { get; }

    /// <summary>What it is called among the nodes of its cluster, where the tests have started it.</summary>
    public string Node { get; }

    /// <summary>Where it listens.</summary>
    public string Host { get; }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>An administrator.</summary>
    public string User { get; }

    /// <summary>That of the administrator.</summary>
    public string Password { get; }

    /// <summary>The virtual host that the environment names; a test uses one of its own, see <see cref="CreateVirtualHostAsync"/>.</summary>
    public string VirtualHost { get; }

    /// <summary>Where its management API is.</summary>
    public Uri ManagementUrl { get; }

    /// <summary>The management API, with credentials: <c>Management.GetAsync("api/queues/…")</c>.</summary>
    public HttpClient Management { get; }

    /// <summary>A virtual host with nothing in it; disposing deletes it with all its queues and connections.</summary>
    public async Task<VirtualHost> CreateVirtualHostAsync(CancellationToken cancellationToken)
    {
        var virtualHost = new VirtualHost(this, $"test-{Guid.CreateVersion7():N}");
        await CreateAsync(virtualHost.Name, cancellationToken);
        return virtualHost;
    }

    /// <summary>Starts another node, which joins this one's cluster. It ends with this one's folder.</summary>
    /// <param name="number">2 or 3.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public async Task<RabbitMqServer> StartPeerAsync(int number, CancellationToken cancellationToken)
    {
        var name = FormattableString.Invariant($"rabbitmq{number}");
        // In the order of their names: distribution, management, AMQP.
        var ports = await StartBesideAsync(name, cancellationToken);
        return new RabbitMqServer(
            new UriBuilder(Uri) { Port = ports[2] }.Uri,
            new UriBuilder("http", Host, ports[1]).Uri,
            _directory,
            name,
            FormattableString.Invariant($"gateway-tests-{number}@localhost"));
    }

    /// <summary>Whether packets can be dropped here, which takes Linux, iptables and root: see <see cref="PartitionAsync"/>.</summary>
    public static async Task<bool> CanPartitionAsync(CancellationToken cancellationToken) =>
        await Command.RunAsync(["sh", "-c", "iptables -w --list-rules INPUT"], cancellationToken) is { ExitCode: 0 };

    /// <summary>
    /// Drops all that goes between this node and the others of its cluster, while clients reach it as before. Disposing the result lets it
    /// through again and returns when the node takes clients.
    /// </summary>
    public Task<Outage> PartitionAsync(CancellationToken cancellationToken) => TakeAwayAsync("partition", "heal", cancellationToken);

    /// <summary>Whether it takes connections of clients.</summary>
    public async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(Host, Port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Lets the broker be short of memory, until <see cref="CalmAsync"/>.</summary>
    public Task AlarmAsync(CancellationToken cancellationToken) => RunScriptAsync("alarm", cancellationToken);

    /// <summary>Lets the broker be short of disk, until <see cref="CalmAsync"/>.</summary>
    public Task FillAsync(CancellationToken cancellationToken) => RunScriptAsync("full", cancellationToken);

    /// <summary>Ends what <see cref="AlarmAsync"/> or <see cref="FillAsync"/> began.</summary>
    public Task CalmAsync(CancellationToken cancellationToken) => RunScriptAsync("calm", cancellationToken);

    /// <summary>Lets the broker refuse messages over 16 KiB, on channels that are opened from now on.</summary>
    public Task NarrowAsync(CancellationToken cancellationToken) => RunScriptAsync("narrow", cancellationToken);

    /// <summary>Lets the broker close channels on which a message is unsettled for 12 s, of those that are opened from now on.</summary>
    public Task LosePatienceAsync(CancellationToken cancellationToken) => RunScriptAsync("impatient", cancellationToken);

    /// <summary>
    /// Restarts the broker so that it also speaks TLS, knows those who show a certificate by the name in it, and lets nobody else in there.
    /// </summary>
    /// <param name="certificate">The broker's, with its key.</param>
    /// <param name="clients">Whose certificates it believes.</param>
    /// <param name="cancellationToken">Ends the restart.</param>
    /// <returns>The port on the same host.</returns>
    public async Task<int> EncryptAsync(X509Certificate2 certificate, TestAuthority clients, CancellationToken cancellationToken)
    {
        var port = FreePort.Find();
        using var key = certificate.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync(Path.Combine(Folder, "server.pem"), certificate.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Folder, "server.key"), key.ExportPkcs8PrivateKeyPem(), cancellationToken);
        File.Copy(clients.File, Path.Combine(Folder, "clients.pem"));
        await File.WriteAllTextAsync(
            Path.Combine(Folder, "conf.d", "tls.conf"),
            $"""
            listeners.ssl.1 = 127.0.0.1:{port}
            ssl_options.cacertfile = {Folder}/clients.pem
            ssl_options.certfile = {Folder}/server.pem
            ssl_options.keyfile = {Folder}/server.key
            ssl_options.verify = verify_peer
            ssl_options.fail_if_no_peer_cert = true
            ssl_cert_login_from = common_name
            auth_mechanisms.1 = PLAIN
            auth_mechanisms.2 = EXTERNAL

            """,
            cancellationToken);
        await UsePluginsAsync(["rabbitmq_auth_mechanism_ssl", "rabbitmq_management", "rabbitmq_random_exchange"], cancellationToken);
        return port;
    }

    /// <summary>Restarts the broker with these plug-ins and no others.</summary>
    public async Task UsePluginsAsync(IEnumerable<string> plugins, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "enabled_plugins"), $"[{string.Join(',', plugins)}].\n", cancellationToken);
        await RestartAsync(cancellationToken);
    }

    /// <summary>A user without a password, who may do everything in a virtual host.</summary>
    public async Task AddUserAsync(string name, string virtualHost, CancellationToken cancellationToken)
    {
        using var created = await Management.PutAsJsonAsync($"api/users/{name}", new { password_hash = "", tags = "" }, cancellationToken);
        created.EnsureSuccessStatusCode();
        await PermitAsync(name, virtualHost, cancellationToken);
    }

    internal async Task CreateAsync(string virtualHost, CancellationToken cancellationToken)
    {
        using var created = await Management.PutAsJsonAsync($"api/vhosts/{virtualHost}", new { }, cancellationToken);
        created.EnsureSuccessStatusCode();
        await PermitAsync(User, virtualHost, cancellationToken);
    }

    private async Task PermitAsync(string user, string virtualHost, CancellationToken cancellationToken)
    {
        using var permitted = await Management.PutAsJsonAsync(
            $"api/permissions/{virtualHost}/{Uri.EscapeDataString(user)}",
            new { configure = ".*", write = ".*", read = ".*" },
            cancellationToken);
        permitted.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public void Dispose() => Management.Dispose();
}
