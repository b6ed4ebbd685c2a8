using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Testing.Network;

/// <summary>Stands before a server that knows no TLS and speaks it for it, as a load balancer may.</summary>
/// <param name="host">The server's host.</param>
/// <param name="port">The server's port.</param>
/// <param name="certificate">What it shows, with its key.</param>
/// <param name="clients">The authority of those who may come; null when anybody may.</param>
public sealed class TlsRelay(string host, int port, X509Certificate2 certificate, TestAuthority? clients = null) : TcpRelay(host, port)
{
    private readonly ConcurrentQueue<string> _seen = new();

    /// <summary>The names of those whose certificates it has seen and let in.</summary>
    public IReadOnlyCollection<string> Clients => _seen;

    /// <inheritdoc/>
    protected override async Task<Stream> GreetAsync(Stream worker, CancellationToken cancellationToken)
    {
        var tls = new SslStream(worker);
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    ClientCertificateRequired = clients is not null,
                    RemoteCertificateValidationCallback = (_, shown, chain, _) => clients is null || LetsIn(clients, shown, chain?.ChainPolicy.ExtraStore ?? []),
                },
                cancellationToken);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private bool LetsIn(TestAuthority authority, X509Certificate? shown, X509Certificate2Collection intermediates)
    {
        if (shown is not X509Certificate2 client || !authority.HasIssued(client, intermediates))
        {
            return false;
        }

        _seen.Enqueue(client.Subject);
        return true;
    }
}
