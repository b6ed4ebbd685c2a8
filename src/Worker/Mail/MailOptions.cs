using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Worker.Configuration;
using MailKit.Security;
using MimeKit;

namespace Gateway.Worker.Mail;

/// <summary>Where mails to the operators go. Without <c>SMTP_HOST</c> none are sent.</summary>
public sealed record MailOptions
{
    private const string StartTls = "starttls";
    private const string Implicit = "implicit";
    private const string None = "none";
    private const string Required = "required";
    private const string IfReachable = "if-reachable";
    private const string Off = "off";

    /// <summary>The mail server (<c>SMTP_HOST</c>); null when no mails are sent.</summary>
    public string? Host { get; init; }

    /// <summary>Its port (<c>SMTP_PORT</c>): 587 unless set, or 465 with implicit TLS, or 25 with none.</summary>
    public int Port { get; init; }

    /// <summary>How the connection is encrypted (<c>SMTP_TLS</c>): <c>starttls</c>, <c>implicit</c> or <c>none</c>.</summary>
    public SecureSocketOptions Security { get; init; }

    /// <summary>The user (<c>SMTP_USER</c>); null to send without logging in.</summary>
    public string? User { get; init; }

    /// <summary>The password (<c>SMTP_PASSWORD</c>): never to be shown.</summary>
    public string Password { get; init; } = "";

    /// <summary>The sender (<c>SMTP_FROM</c>).</summary>
    public MailboxAddress? From { get; init; }

    /// <summary>The operators (<c>OPS_EMAIL</c>, comma-separated).</summary>
    public IReadOnlyList<MailboxAddress> To { get; init; } = [];

    /// <summary>How long sending one mail may take (<c>SMTP_TIMEOUT</c>).</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>
    /// The authorities that the server's certificate must come from, instead of the system's (<c>SMTP_CA_FILE</c>, PEM); null for the
    /// system's.
    /// </summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Whether it is asked if the certificate was revoked (<c>SMTP_TLS_REVOCATION</c>).</summary>
    public RevocationCheck Revocation { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static MailOptions Read(Settings settings)
    {
        var from = Addresses(settings, "SMTP_FROM");
        if (from.Count > 1)
        {
            settings.Reject("SMTP_FROM", settings.Text("SMTP_FROM", ""), "one address");
        }

        var security = settings.Choice("SMTP_TLS", StartTls, StartTls, Implicit, None);
        var options = new MailOptions
        {
            Host = settings.OptionalText("SMTP_HOST"),
            Port = settings.Number("SMTP_PORT", security switch { Implicit => 465, None => 25, _ => 587 }, 1, 65535),
            Security = security switch
            {
                Implicit => SecureSocketOptions.SslOnConnect,
                None => SecureSocketOptions.None,
                _ => SecureSocketOptions.StartTls,
            },
            User = settings.OptionalText("SMTP_USER"),
            Password = settings.Text("SMTP_PASSWORD", ""),
            From = from.FirstOrDefault(),
            To = Addresses(settings, "OPS_EMAIL"),
            Authorities = ReadAuthorities(settings),
            Revocation = settings.Choice("SMTP_TLS_REVOCATION", Required, Required, IfReachable, Off) switch
            {
                IfReachable => RevocationCheck.IfReachable,
                Off => RevocationCheck.Off,
                _ => RevocationCheck.Required,
            },
            Timeout = settings.Duration("SMTP_TIMEOUT", TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)),
        };
        if (options.Host is not null)
        {
            CheckServer(settings, options.Host, security);
        }

        return options;
    }

    /// <summary>Where the mail server is; fit to be logged, since no password is in it.</summary>
    public override string ToString() => Host is null ? "no mail server" : $"{Host}:{Port}";

    private static void CheckServer(Settings settings, string host, string security)
    {
        foreach (var key in new[] { "SMTP_FROM", "OPS_EMAIL" })
        {
            if (!settings.IsSet(key))
            {
                settings.RejectSecret(key, "is needed beside SMTP_HOST: an address such as ops@example.com");
            }
        }

        if (settings.IsSet("SMTP_USER") != settings.IsSet("SMTP_PASSWORD"))
        {
            settings.RejectSecret("SMTP_PASSWORD", "is needed with SMTP_USER, and only with it");
        }

        var isLocal = host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
        if (security == None && settings.IsSet("SMTP_USER") && !isLocal)
        {
            settings.Reject("SMTP_TLS", None, "starttls or implicit, so that the password does not cross the network unencrypted");
        }
    }

    private static X509Certificate2Collection? ReadAuthorities(Settings settings)
    {
        const string key = "SMTP_CA_FILE";
        if (settings.OptionalText(key) is not { } path)
        {
            return null;
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            settings.Reject(key, path, $"a file that can be read: {exception.Message}");
            return null;
        }

        if (authorities.Count == 0)
        {
            settings.Reject(key, path, "a file with certificates in PEM (-----BEGIN CERTIFICATE-----)");
        }

        return authorities;
    }

    private static List<MailboxAddress> Addresses(Settings settings, string key)
    {
        List<MailboxAddress> addresses = [];
        foreach (var text in settings.Text(key, "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (MailboxAddress.TryParse(text, out var address) && address.Address.IndexOf('@', StringComparison.Ordinal) > 0)
            {
                addresses.Add(address);
            }
            else
            {
                settings.Reject(key, text, "an address such as ops@example.com");
            }
        }

        return addresses;
    }
}
