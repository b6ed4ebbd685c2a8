using System.Globalization;
using Gateway.Worker.Settlement;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Gateway.Worker.Ops.Settlement;

/// <summary>Read a settlement report.</summary>
public static class SettlementApi
{
    private const string Json = "application/json";
    private const string Html = "text/html";
    private const string Csv = "text/csv";

    /// <summary>Maps <c>GET /api/settlement-reports/{date}</c>.</summary>
    public static void MapSettlementReports(this IEndpointRouteBuilder app) => app.MapGet("/api/settlement-reports/{date}", GetAsync)
        .WithTags("settlement reports")
        .WithSummary("The report of a business day as JSON, as a page or as a table for spreadsheets, whichever Accept names")
        .Produces<SettlementReport>(contentType: Json, additionalContentTypes: [Html, Csv])
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status406NotAcceptable);

    private static async Task<IResult> GetAsync(string date, HttpRequest request, SettlementReports reports, CancellationToken cancellationToken)
    {
        if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return Problem(StatusCodes.Status400BadRequest, "Not a date", $"'{date}' is not a date such as 2026-01-31.");
        }

        if (Choose(request.Headers.Accept) is not { } type)
        {
            return Problem(StatusCodes.Status406NotAcceptable, "Not a form of this report", $"Accept {Json}, {Html} or {Csv}.");
        }

        if (await reports.FindAsync(day, cancellationToken) is not { } report)
        {
            return Problem(
                StatusCodes.Status404NotFound, "No report", $"No report of {date} is written. POST /api/jobs/settlement-report with {{\"date\":\"{date}\"}} writes it.");
        }

        return type switch
        {
            Html => TypedResults.Content(ReportPage.Render(report), $"{Html}; charset=utf-8"),
            Csv => TypedResults.File(ReportCsv.Render(report), $"{Csv}; charset=utf-8", $"settlement-{date}.csv"),
            _ => TypedResults.Json(report),
        };
    }

    // By preference, then in the order of the header (RFC 9110, section 12.5.1); a range such as */* or application/* means JSON.
    private static string? Choose(IList<string?> accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([.. accept.OfType<string>()], out var ranges) || ranges.Count == 0)
        {
            return Json;
        }

        return ranges.Where(range => range.Quality is null or > 0)
            .OrderByDescending(range => range.Quality ?? 1)
            .Select(range => Array.Find([Json, Html, Csv], type => new MediaTypeHeaderValue(type).IsSubsetOf(range)))
            .FirstOrDefault(type => type is not null);
    }

    private static ProblemHttpResult Problem(int status, string title, string detail) => TypedResults.Problem(statusCode: status, title: title, detail: detail);
}
