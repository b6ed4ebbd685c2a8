using System.Globalization;
using Gateway.Worker.Mail;

namespace Gateway.Worker.Settlement;

/// <summary>What operators are written about reports.</summary>
internal static class ReportMail
{
    /// <param name="mail">The mail.</param>
    /// <param name="reports">What it is about: one report, or corrections in the order of their days.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<OperatorMail> OfAsync(
        SettlementMail mail, IReadOnlyList<SettlementReport> reports, CancellationToken cancellationToken)
    {
        var about = mail.IsCorrection ? OfCorrections(mail.Id, reports) : OfDay(mail.Id, reports[0]);
        var workbook = await ReportXlsx.RenderAsync(reports, cancellationToken);
        return about with { Attachments = [new MailAttachment($"{mail.Id}.xlsx", ReportXlsx.MediaType, workbook)] };
    }

    private static OperatorMail OfDay(string id, SettlementReport report) => new()
    {
        Id = id,
        Subject = string.Create(
            CultureInfo.InvariantCulture,
            $"Settlement of {report.Date:yyyy-MM-dd}: {ReportText.Vnd(report.Totals.NetRevenueVnd)} net revenue{Incomplete([report])}"),
        Text = ReportText.Render(report),
        Html = ReportPage.Render(report),
    };

    private static OperatorMail OfCorrections(string id, IReadOnlyList<SettlementReport> reports)
    {
        var days = reports.Count == 1
            ? reports[0].Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{reports.Count} days from {reports[0].Date:yyyy-MM-dd} to {reports[^1].Date:yyyy-MM-dd}");
        var net = reports.Sum(report => report.Correction!.Totals.Difference.NetRevenueVnd);
        return new OperatorMail
        {
            Id = id,
            Subject = $"Settlement of {days} corrected: {ReportText.Change(net)} net revenue{Incomplete(reports)}",
            Text = string.Join(Environment.NewLine, reports.Select(ReportText.Render)),
            Html = ReportPage.RenderCorrections(reports),
        };
    }

    private static string Incomplete(IEnumerable<SettlementReport> reports) =>
        reports.Any(report => report.LeftOut.Count > 0) ? " (incomplete)" : "";
}
