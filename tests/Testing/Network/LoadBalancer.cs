using System.Diagnostics;
using System.Globalization;

namespace Gateway.Testing.Network;

/// <summary>HAProxy before several web servers: each request goes to the next of those that are ready.</summary>
public sealed class LoadBalancer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _figures;

    private LoadBalancer(Process process, DirectoryInfo folder, int port, int figuresPort)
    {
        (_process, _folder) = (process, folder);
        Address = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");
        _figures = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{figuresPort.ToString(CultureInfo.InvariantCulture)}") };
    }

    /// <summary>Whether there is one on this machine.</summary>
    public static bool IsInstalled => File.Exists("/usr/sbin/haproxy");

    /// <summary>The one address of all servers.</summary>
    public Uri Address { get; }

    /// <summary>Starts it.</summary>
    /// <param name="servers">Where the servers are; they are named by their number, from 0.</param>
    /// <param name="probe">The path that answers 200 where a server is ready.</param>
    public static async Task<LoadBalancer> StartAsync(IReadOnlyList<Uri> servers, string probe)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-haproxy-");
        var (port, figuresPort) = (FreePort.Find(), FreePort.Find());
        var lines = servers.Select((server, number) => string.Create(
            CultureInfo.InvariantCulture, $"  server {number} {server.Authority} check inter 500ms fall 1 rise 1 on-marked-down shutdown-sessions"));
        var file = Path.Combine(folder.FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(
            file,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                defaults
                  mode http
                  timeout connect 2s
                  timeout check 10s
                  timeout client 60s
                  timeout server 60s
                  timeout tunnel 1h
                  option redispatch
                listen workers
                  bind 127.0.0.1:{port}
                  balance roundrobin
                  option httpchk GET {probe}
                {string.Join('\n', lines)}
                listen figures
                  bind 127.0.0.1:{figuresPort}
                  stats enable
                  stats uri /

                """));
        var balancer = new LoadBalancer(Process.Start("/usr/sbin/haproxy", ["-db", "-q", "-f", file]), folder, port, figuresPort);
        await Eventually.Read(balancer.TryReadAsync, sessions => sessions.Count == servers.Count, "the load balancer");
        return balancer;
    }

    /// <summary>The servers that somebody is connected to, by their number.</summary>
    public async Task<IReadOnlyList<int>> ReadBusyAsync() => [.. (await TryReadAsync()).Where(server => server.Value > 0).Select(server => server.Key)];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _figures.Dispose();
        _folder.Delete(recursive: true);
    }

    // Column 1 is the server's name, column 4 its sessions (HAProxy's management guide, 9.1. CSV format).
    private async Task<IReadOnlyDictionary<int, int>> TryReadAsync()
    {
        try
        {
            return (await _figures.GetStringAsync(new Uri("/;csv", UriKind.Relative))).Split('\n')
                .Select(line => line.Split(','))
                .Where(cells => cells is ["workers", var name, ..] && int.TryParse(name, CultureInfo.InvariantCulture, out _))
                .ToDictionary(cells => int.Parse(cells[1], CultureInfo.InvariantCulture), cells => int.Parse(cells[4], CultureInfo.InvariantCulture));
        }
        catch (HttpRequestException)
        {
            return new Dictionary<int, int>();
        }
    }
}
