using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Integration.Tests.Mail;

/// <summary>
/// A certificate authority of one company, and its certificate for a server, in files. Its list of what it revoked cannot be had.
/// </summary>
public sealed class PrivateAuthority : IDisposable
{
    private const string UnreachableList = "http://127.0.0.1:1/revoked.crl";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authority");

    /// <param name="name">The authority's.</param>
    /// <param name="host">The name that the server's certificate is for; null for the address 127.0.0.1.</param>
    public PrivateAuthority(string name, string? host = null)
    {
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest($"CN={name}", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var authorityCertificate = authority.CreateSelfSigned(from, to);

        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=mail", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (host is null)
        {
            names.AddIpAddress(System.Net.IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(host);
        }

        server.CertificateExtensions.Add(names.Build());
        server.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([UnreachableList]));
        using var serverCertificate = server.Create(authorityCertificate, from, to, [1, 2, 3, 4]);

        File.WriteAllText(AuthorityFile, authorityCertificate.ExportCertificatePem());
        File.WriteAllText(ServerFile, $"{serverKey.ExportPkcs8PrivateKeyPem()}\n{serverCertificate.ExportCertificatePem()}\n");
    }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile => Path.Combine(_folder.FullName, "authority.pem");

    /// <summary>The server's key and certificate.</summary>
    public string ServerFile => Path.Combine(_folder.FullName, "server.pem");

    public void Dispose() => _folder.Delete(recursive: true);
}
