namespace Gateway.Worker.Mail;

/// <summary>Whether the mail server's certificate may have been revoked by its authority.</summary>
public enum RevocationCheck
{
    /// <summary>The authority must be asked, and say no.</summary>
    Required,

    /// <summary>It must not say yes; a list that cannot be had, or that it does not keep, is no obstacle.</summary>
    IfReachable,

    /// <summary>It is not asked.</summary>
    Off,
}
