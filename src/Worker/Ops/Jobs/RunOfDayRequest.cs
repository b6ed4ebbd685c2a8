using System.Text.Json.Serialization;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>The body of <c>POST /api/jobs/…</c> for a job that works on a business day, such as <c>settlement-report</c>.</summary>
/// <param name="Date">The business day; default: yesterday in the business time zone.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RunOfDayRequest(DateOnly? Date);
