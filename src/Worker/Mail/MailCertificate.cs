using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Worker.Mail;

/// <summary>Decides whether the certificate of a mail server is trusted, and remembers why not.</summary>
internal sealed class MailCertificate(MailOptions options)
{
    /// <summary>Why the certificate is not trusted; null when it is, or when none was shown.</summary>
    public string? Complaint { get; private set; }

    /// <summary>Is asked in the handshake.</summary>
    public bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 shown || chain is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            Complaint = "it shows no certificate";
        }
        else if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            Complaint = $"its certificate is for other names ({shown.Subject})";
        }
        else
        {
            Complaint = options.Authorities is { } authorities
                ? ComplaintBy(authorities, shown, chain)
                : Describe(errors == SslPolicyErrors.None, chain.ChainStatus);
        }

        return Complaint is null;
    }

    private string? ComplaintBy(X509Certificate2Collection authorities, X509Certificate2 shown, X509Chain chain)
    {
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(authorities);
        own.ChainPolicy.RevocationMode = options.Revocation == RevocationCheck.Off ? X509RevocationMode.NoCheck : X509RevocationMode.Online;
        foreach (var use in chain.ChainPolicy.ApplicationPolicy)
        {
            own.ChainPolicy.ApplicationPolicy.Add(use);
        }

        foreach (var element in chain.ChainElements)
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return Describe(own.Build(shown), own.ChainStatus);
    }

    private string? Describe(bool isTrusted, X509ChainStatus[] flaws)
    {
        var isTolerated = options.Revocation == RevocationCheck.IfReachable && flaws.Length > 0 && Array.TrueForAll(
            flaws, flaw => flaw.Status is X509ChainStatusFlags.RevocationStatusUnknown or X509ChainStatusFlags.OfflineRevocation);
        return isTrusted || isTolerated
            ? null
            : $"its certificate is not trusted: {string.Join(", ", flaws.Select(flaw => flaw.Status).Distinct())}";
    }
}
