using Gateway.Persistence.Search;

namespace Gateway.Worker.Ops.Search;

/// <summary>Something that was found, and where to go on.</summary>
public sealed record SearchHit
{
    /// <summary>What it is: payment, payout, merchant, webhook or job.</summary>
    public required string Kind { get; init; }

    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What of it the text is: id, payment_reference, order_id, tx_hash, reference or name.</summary>
    public required string By { get; init; }

    /// <summary>The merchant whom it concerns.</summary>
    public string? MerchantId { get; init; }

    /// <summary>A payment's reference, a merchant's name, a webhook's event, or a job's type.</summary>
    public string? Name { get; init; }

    /// <summary>Where it stands.</summary>
    public string? State { get; init; }

    /// <summary>Where the API tells more: of a payout its webhooks, of a merchant the newest.</summary>
    public required string Link { get; init; }

    /// <summary>The command that does.</summary>
    public required string Command { get; init; }

    /// <summary>Shows what was found.</summary>
    public static SearchHit From(Found found)
    {
        var (link, arguments) = found switch
        {
            { Kind: FoundKind.Payment } => ($"/api/payments/{found.Id}", $"jobs --reference {found.Id}"),
            { Kind: FoundKind.Payout } => ($"/api/jobs?reference={found.Id}", $"jobs --reference {found.Id}"),
            { Kind: FoundKind.Merchant } => ($"/api/jobs?merchant_id={found.Id}", $"jobs --merchant {found.Id}"),
            // Several merchants may have a webhook under one id.
            { Kind: FoundKind.Webhook, MerchantId: { } merchant } when Guid.TryParse(merchant, out _) =>
                ($"/api/jobs/{found.Id}?merchant_id={merchant}", $"job {found.Id} --merchant {merchant}"),
            _ => ($"/api/jobs/{found.Id}", $"job {found.Id}"),
        };
        return new SearchHit
        {
            Kind = found.Kind.ToString().ToLowerInvariant(),
            Id = found.Id,
            By = found.By,
            MerchantId = found.MerchantId,
            Name = found.Name,
            State = found.State,
            Link = link,
            Command = $"Gateway.Worker {arguments}",
        };
    }
}
