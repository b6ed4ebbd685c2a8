namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>The ways in which an attempt to deliver a webhook ends.</summary>
public enum AttemptOutcome
{
    /// <summary>The merchant answered 2xx.</summary>
    Succeeded,

    /// <summary>The merchant answered another status.</summary>
    Status,

    /// <summary>The merchant answered 410 Gone: it wants no more webhooks.</summary>
    Gone,

    /// <summary>The merchant answered 3xx; redirects are not followed.</summary>
    Redirect,

    /// <summary>The attempt took longer than it may.</summary>
    Timeout,

    /// <summary>The host name has no address, or the look-up failed.</summary>
    Dns,

    /// <summary>The address guard refused the address, the port or the scheme.</summary>
    AddressRefused,

    /// <summary>No connection: refused, unreachable.</summary>
    Connect,

    /// <summary>The TLS handshake or the certificate failed.</summary>
    Tls,

    /// <summary>The connection broke, or what came back was no HTTP.</summary>
    Broken,

    /// <summary>A compressed answer grew beyond what is read.</summary>
    Bomb,
}
