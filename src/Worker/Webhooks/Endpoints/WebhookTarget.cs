using Gateway.Persistence.GatewayTables;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Signing;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>Where a merchant wants its webhooks, with URL and secrets parsed once.</summary>
public sealed class WebhookTarget
{
    /// <summary>The rank of the largest merchants.</summary>
    public const short HighestRank = 2;

    private readonly string? _whyNoSecret;

    private WebhookTarget(MerchantEndpoint? endpoint, Uri? url, IReadOnlyList<SigningSecret> secrets, string? whyNoSecret)
    {
        _whyNoSecret = whyNoSecret;
        Endpoint = endpoint;
        Url = url;
        Secrets = secrets;
    }

    /// <summary>What the database knows; null when there is no such merchant.</summary>
    public MerchantEndpoint? Endpoint { get; }

    /// <summary>The URL; null when there is none, or none that can ever be delivered to.</summary>
    public Uri? Url { get; }

    /// <summary>The secrets to sign with, the current one first; empty when there is no usable one.</summary>
    public IReadOnlyList<SigningSecret> Secrets { get; }

    /// <summary>The merchant's tier, from 0: the deliveries of a higher one go first.</summary>
    public short Rank => Endpoint?.KycTier switch
    {
        KycTier.Tier3 => HighestRank,
        KycTier.Tier2 => 1,
        _ => 0,
    };

    /// <summary>Parses what a look-up found.</summary>
    public static WebhookTarget From(MerchantEndpoint? endpoint, DateTime now)
    {
        var secrets = new List<SigningSecret>(2);
        if (SigningSecret.TryParse(endpoint?.Secret, out var current, out var whyNoSecret))
        {
            secrets.Add(current);
        }

        if (endpoint?.PreviousSecretExpiresAt > now && SigningSecret.TryParse(endpoint.PreviousSecret, out var previous, out _))
        {
            secrets.Add(previous);
        }

        return new WebhookTarget(endpoint, EndpointUrl.Parse(endpoint?.Url), secrets, whyNoSecret);
    }

    /// <summary>Why this merchant gets no webhook for an event, as one of <see cref="SkipReason"/>; null when it gets it.</summary>
    public string? ReasonToSkip(string @event, bool canSign) => Endpoint switch
    {
        null => SkipReason.UnknownMerchant,
        { Status: not MerchantStatus.Active } => SkipReason.MerchantInactive,
        { Url: null or "" } => SkipReason.NoUrl,
        _ when Url is null => SkipReason.InvalidUrl,
        { IsDisabled: true } => SkipReason.EndpointDisabled,
        _ when !Endpoint.Wants(@event) => SkipReason.NotSubscribed,
        _ when !canSign => _whyNoSecret,
        _ => null,
    };
}
