using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Worker.Configuration;

/// <summary>How a connection to a server is encrypted: whom the worker believes, and what it shows of itself.</summary>
public sealed class TlsOptions
{
    // What a certificate may be used for: to show that a server is it (RFC 5280, section 4.2.1.12).
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>The authorities that the server's certificate must come from, instead of the system's; null for the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The variable that names their file, for whoever reads that a certificate is refused.</summary>
    public required string AuthoritiesVariable { get; init; }

    /// <summary>The certificate that the worker shows, with its key and what else its file holds; null for none.</summary>
    public SslStreamCertificateContext? OwnCertificate { get; init; }

    /// <summary>Whether the certificate must be for the name under which the worker knows the server.</summary>
    public bool ChecksName { get; init; } = true;

    /// <summary>Reads the options of one server; complaints go to <paramref name="settings"/>.</summary>
    /// <param name="settings">The variables.</param>
    /// <param name="tls">The flag that asks for TLS.</param>
    /// <param name="authorities">Names a file of authorities (PEM).</param>
    /// <param name="certificate">Names the file of the worker's own certificate (PEM).</param>
    /// <param name="key">Names the file of its key (PEM).</param>
    /// <returns>Null without TLS.</returns>
    public static TlsOptions? Read(Settings settings, string tls, string authorities, string certificate, string key)
    {
        if (settings.Flag(tls, false))
        {
            return ReadFiles(settings, authorities, certificate, key);
        }

        settings.RejectUnused($"{tls}=on", authorities, certificate, key);
        return null;
    }

    /// <summary>Reads the files of a server whose certificate is checked; complaints go to <paramref name="settings"/>.</summary>
    /// <param name="settings">The variables.</param>
    /// <param name="authorities">Names a file of authorities (PEM).</param>
    /// <param name="certificate">Names the file of the worker's own certificate (PEM).</param>
    /// <param name="key">Names the file of its key (PEM).</param>
    /// <param name="checksName">As in <see cref="ChecksName"/>.</param>
    public static TlsOptions ReadFiles(
        Settings settings, string authorities, string certificate, string key, bool checksName = true)
    {
        return new TlsOptions
        {
            Authorities = ReadAuthorities(settings, authorities),
            AuthoritiesVariable = authorities,
            OwnCertificate = ReadCertificate(settings, certificate, key),
            ChecksName = checksName,
        };
    }

    /// <summary>Shows the worker's certificate, and judges the server's, under the name by which it is connected to.</summary>
    public void ApplyTo(SslClientAuthenticationOptions options)
    {
        options.RemoteCertificateValidationCallback = CheckFor();
        options.ClientCertificateContext = OwnCertificate;
    }

    /// <summary>The same for a connection that is about to be encrypted.</summary>
    /// <param name="host">The name under which the worker knows the server.</param>
    public SslClientAuthenticationOptions ToClientOptions(string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        ApplyTo(options);
        return options;
    }

    /// <summary>Judges the certificate that a server shows: for <see cref="SslStream"/> and what is built on it.</summary>
    /// <param name="host">The name under which the worker knows the server; null for the one that it has just connected to.</param>
    /// <exception cref="AuthenticationException">It is not to be believed; the message says why, in words for operators.</exception>
    public RemoteCertificateValidationCallback CheckFor(string? host = null) => (connection, shown, chain, errors) =>
        ComplaintOf(host ?? (connection as SslStream)?.TargetHostName ?? "the server", shown, chain, errors) is { } complaint
            ? throw new AuthenticationException(complaint)
            : true;

    private string? ComplaintOf(string host, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (shown is not X509Certificate2 certificate)
        {
            return $"{host} shows no certificate";
        }

        var faults = FaultsOf(certificate, chain);
        if ((faults & ~X509ChainStatusFlags.NotTimeValid) != 0)
        {
            return $"the certificate of {host} is not to be trusted ({faults}): "
                + (Authorities is null
                    ? $"its authority is unknown to this system; name the file of a private one in {AuthoritiesVariable}"
                    : $"it does not come from an authority in the file of {AuthoritiesVariable}");
        }

        if (faults != 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the certificate of {host} is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} "
                + $"to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC alone");
        }

        return ChecksName && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"the certificate of {host} is for another name: {string.Join(", ", NamesOf(certificate).Take(5))}"
            : null;
    }

    private X509ChainStatusFlags FaultsOf(X509Certificate2 certificate, X509Chain? chain)
    {
        if (Authorities is null)
        {
            return FaultsOf(chain);
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        // What the server has shown, whichever way up from it the system would take.
        own.ChainPolicy.ExtraStore.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return own.Build(certificate) ? 0 : FaultsOf(own) is var faults and not 0 ? faults : X509ChainStatusFlags.PartialChain;
    }

    private static X509ChainStatusFlags FaultsOf(X509Chain? chain) =>
        chain is null
            ? X509ChainStatusFlags.PartialChain
            : chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(ip => ip.ToString())))
            .ToList();
        return names.Count > 0 ? names : [certificate.Subject];
    }

    private static X509Certificate2Collection? ReadAuthorities(Settings settings, string variable)
    {
        if (settings.OptionalText(variable) is not { } path)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
            if (authorities.Count == 0)
            {
                settings.Reject(variable, path, "a file with certificates in PEM (-----BEGIN CERTIFICATE-----)");
            }
        }
        catch (Exception exception) when (IsOfFile(exception))
        {
            settings.Reject(variable, path, $"a file that can be read: {exception.Message}");
        }

        return authorities;
    }

    private static SslStreamCertificateContext? ReadCertificate(Settings settings, string certificate, string key)
    {
        if (!settings.IsSet(certificate) && !settings.IsSet(key))
        {
            return null;
        }

        if (!settings.IsSet(certificate) || !settings.IsSet(key))
        {
            settings.RejectSecret(
                settings.IsSet(certificate) ? key : certificate, $"is missing: {certificate} and {key} are set together or not at all");
            return null;
        }

        try
        {
            var path = settings.Text(certificate, "");
            var own = X509Certificate2.CreateFromPemFile(path, settings.Text(key, ""));
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(path);
            // Offline: the intermediates are in the file, or they are not shown.
            return SslStreamCertificateContext.Create(own, all, offline: true);
        }
        catch (Exception exception) when (IsOfFile(exception))
        {
            var accepted = $"a certificate that goes with the key of {key}: {exception.Message}";
            settings.Reject(certificate, settings.Text(certificate, ""), accepted);
            return null;
        }
    }

    private static bool IsOfFile(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
