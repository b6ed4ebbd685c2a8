namespace Gateway.Worker.Settlement;

/// <summary>What became of a mail about reports.</summary>
public enum MailingOutcome
{
    /// <summary>The mail server has taken it now.</summary>
    Mailed,

    /// <summary>The mail server took it before.</summary>
    MailedBefore,

    /// <summary>Another run has it: it is mailing it, or died before the mail was out.</summary>
    Claimed,
}
