namespace Gateway.Worker.Ops.Jobs;

/// <summary>The body of <c>POST /api/jobs/settlement-report</c>.</summary>
/// <param name="Date">The business day; default: yesterday in the business time zone.</param>
public sealed record SettlementReportRequest(DateOnly? Date);
