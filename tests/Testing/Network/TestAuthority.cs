using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Testing.Network;

/// <summary>A certificate authority of one test, with its certificates in a folder.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authority");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private readonly bool _isIntermediate;
    private int _issued;

    /// <summary>Makes one.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="above">Whose certificate it has; null when it signs its own.</param>
    public TestAuthority(string name, TestAuthority? above = null)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _isIntermediate = above is not null;
        _certificate = above?.Sign(request, _key, -99, 99) ?? request.CreateSelfSigned(Now.AddDays(-100), Now.AddDays(100));
        System.IO.File.WriteAllText(File, _certificate.ExportCertificatePem());
    }

    /// <summary>Its own certificate (PEM).</summary>
    public string File => Path.Combine(_folder.FullName, "authority.pem");

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>A certificate with its key.</summary>
    /// <param name="name">A host name, an address, or somebody's name.</param>
    /// <param name="from">The day from which it is valid, counted from today.</param>
    /// <param name="to">The day until which it is.</param>
    public X509Certificate2 Issue(string name, int from = -1, int to = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        return Sign(request, key, from, to);
    }

    /// <summary>Writes a certificate and its key into two files (PEM). Of an intermediate authority its own follows in the first one.</summary>
    public (string Certificate, string Key) Write(X509Certificate2 certificate)
    {
        var (file, keyFile) = (Path.Combine(_folder.FullName, $"{certificate.SerialNumber}.pem"), Path.Combine(_folder.FullName, $"{certificate.SerialNumber}.key"));
        using var key = certificate.GetECDsaPrivateKey()!;
        var authority = _isIntermediate ? $"\n{_certificate.ExportCertificatePem()}" : "";
        System.IO.File.WriteAllText(file, certificate.ExportCertificatePem() + authority);
        System.IO.File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (file, keyFile);
    }

    /// <summary>Whether a certificate comes from it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="intermediates">What was shown with it.</param>
    public bool HasIssued(X509Certificate2 certificate, X509Certificate2Collection intermediates)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private X509Certificate2 Sign(CertificateRequest request, ECDsa key, int from, int to)
    {
        using var issued = request.Create(_certificate, Now.AddDays(from), Now.AddDays(to), BitConverter.GetBytes(Interlocked.Increment(ref _issued)));
        return issued.CopyWithPrivateKey(key);
    }
}
