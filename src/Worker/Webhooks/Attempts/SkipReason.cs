namespace Gateway.Worker.Webhooks.Attempts;

/// <summary>Why a delivery is not attempted: the words that the job log and the API show.</summary>
public static class SkipReason
{
    /// <summary>No merchant has this id.</summary>
    public const string UnknownMerchant = "unknown_merchant";

    /// <summary>The merchant is suspended or closed.</summary>
    public const string MerchantInactive = "merchant_inactive";

    /// <summary>The merchant has no webhook URL.</summary>
    public const string NoUrl = "no_url";

    /// <summary>The webhook URL is no absolute http or https address, has credentials in it, or a host or port that cannot be.</summary>
    public const string InvalidUrl = "invalid_url";

    /// <summary>The merchant has not subscribed to this event.</summary>
    public const string NotSubscribed = "not_subscribed";

    /// <summary>The endpoint is disabled, by 410 Gone or by an operator.</summary>
    public const string EndpointDisabled = "endpoint_disabled";

    /// <summary>There is nothing to sign with: no secret and no signing key.</summary>
    public const string NoSecret = "no_secret";

    /// <summary>There is nothing to sign with: the merchant's secret cannot be one, and there is no signing key.</summary>
    public const string InvalidSecret = "invalid_secret";

    /// <summary>The merchant already has this delivery.</summary>
    public const string AlreadyDelivered = "already_delivered";

    /// <summary>All reasons.</summary>
    public static IReadOnlyList<string> All { get; } =
        [UnknownMerchant, MerchantInactive, NoUrl, InvalidUrl, NotSubscribed, EndpointDisabled, NoSecret, InvalidSecret, AlreadyDelivered];
}
