using Gateway.Persistence.GatewayTables;

namespace Gateway.Persistence.Webhooks;

/// <summary>All that a delivery needs to know about a merchant, from one look-up.</summary>
public sealed record MerchantEndpoint
{
    /// <summary>The merchant's id.</summary>
    public required Guid MerchantId { get; init; }

    /// <summary>One of <see cref="MerchantStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>One of <see cref="Persistence.GatewayTables.KycTier"/>.</summary>
    public required string KycTier { get; init; }

    /// <summary>Where webhooks go; null when the merchant wants none.</summary>
    public required string? Url { get; init; }

    /// <summary>The secret that signs.</summary>
    public required string? Secret { get; init; }

    /// <summary>The events that are wanted; null or empty means all.</summary>
    public required IReadOnlyList<string>? Events { get; init; }

    /// <summary>UTC; since when <see cref="DisabledUrl"/> is disabled.</summary>
    public DateTime? DisabledAt { get; init; }

    /// <summary>Why, as one word such as <c>gone</c>.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>The URL that was disabled.</summary>
    public string? DisabledUrl { get; init; }

    /// <summary>UTC; since when every attempt at <see cref="FailingUrl"/> has failed.</summary>
    public DateTime? FailingSince { get; init; }

    /// <summary>The URL that fails.</summary>
    public string? FailingUrl { get; init; }

    /// <summary>How many failures were counted since then, of those that lie apart.</summary>
    public int FailedTimes { get; init; }

    /// <summary>UTC; the last one that was counted.</summary>
    public DateTime? LastFailedAt { get; init; }

    /// <summary>The secret that <see cref="Secret"/> replaced.</summary>
    public string? PreviousSecret { get; init; }

    /// <summary>UTC; until then webhooks are signed with both secrets.</summary>
    public DateTime? PreviousSecretExpiresAt { get; init; }

    /// <summary>Whether the worker disabled this endpoint. A merchant who has changed the URL since is enabled again.</summary>
    public bool IsDisabled => DisabledAt is not null && DisabledUrl == Url;

    /// <summary>Whether the last attempt at the present URL failed, as far as is known.</summary>
    public bool IsFailing => FailingSince is not null && FailingUrl == Url;

    /// <summary>Whether the merchant subscribed to an event.</summary>
    public bool Wants(string @event) => Events is not { Count: > 0 } || Events.Contains(@event);

    /// <summary>The id alone: a URL's query and the secrets must not get into a log.</summary>
    public override string ToString() => $"endpoint of merchant {MerchantId}";
}
