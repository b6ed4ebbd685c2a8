using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Gateway.Testing.Servers;

/// <summary>The RabbitMQ broker of the tests, with its management API.</summary>
public sealed class RabbitMqServer : TestServer, IDisposable
{
    internal RabbitMqServer(Uri uri, Uri? managementUrl, string? directory)
        : base("rabbitmq", directory)
    {
        Uri = uri;
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

    internal async Task CreateAsync(string virtualHost, CancellationToken cancellationToken)
    {
        using var created = await Management.PutAsJsonAsync($"api/vhosts/{virtualHost}", new { }, cancellationToken);
        created.EnsureSuccessStatusCode();
        using var permitted = await Management.PutAsJsonAsync(
            $"api/permissions/{virtualHost}/{Uri.EscapeDataString(User)}",
            new { configure = ".*", write = ".*", read = ".*" },
            cancellationToken);
        permitted.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public void Dispose() => Management.Dispose();
}
