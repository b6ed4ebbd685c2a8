using System.Text.Json;
using Gateway.Persistence;
using Gateway.Persistence.Settlement;

namespace Gateway.Worker.Settlement;

/// <summary>How a report is kept in its row.</summary>
internal static class KeptReport
{
    public static string Write(SettlementReport report) => JsonSerializer.Serialize(report);

    // Reports were once kept without the generation that their row has.
    public static SettlementReport Read(string json, int generation) =>
        JsonSerializer.Deserialize<SettlementReport>(json)! with { Generation = generation };

    /// <summary>The newest generation of each day.</summary>
    public static IQueryable<StoredSettlementReport> Newest(GatewayDbContext db, DateOnly from, DateOnly to) => db.SettlementReports
        .Where(r => r.Date >= from && r.Date <= to
            && !db.SettlementReports.Any(later => later.Date == r.Date && later.Generation > r.Generation));
}
