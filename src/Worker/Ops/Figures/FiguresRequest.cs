using Microsoft.AspNetCore.Mvc;

namespace Gateway.Worker.Ops.Figures;

/// <summary>What figures are asked for, as text.</summary>
public sealed record FiguresRequest
{
    /// <summary>By queue, type, minute, hour, merchant or event; default: by queue.</summary>
    [FromQuery(Name = "by")]
    public string? By { get; init; }

    /// <summary>Attempts that began then or later; default: 24 hours before the end.</summary>
    [FromQuery(Name = "from")]
    public string? From { get; init; }

    /// <summary>Attempts that began before; default: now.</summary>
    [FromQuery(Name = "to")]
    public string? To { get; init; }

    /// <summary>Only of this queue.</summary>
    [FromQuery(Name = "queue")]
    public string? Queue { get; init; }

    /// <summary>Only of this type of job.</summary>
    [FromQuery(Name = "type")]
    public string? Type { get; init; }

    /// <summary>Only of this merchant.</summary>
    [FromQuery(Name = "merchant_id")]
    public string? MerchantId { get; init; }

    /// <summary>Only of this event.</summary>
    [FromQuery(Name = "event")]
    public string? Event { get; init; }

    /// <summary>The most figures, from 1 to 1,000; default: 100. Minutes and hours are not limited by it.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }
}
