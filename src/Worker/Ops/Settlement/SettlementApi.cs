using System.Globalization;
using Gateway.Worker.Configuration;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Settlement;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Gateway.Worker.Ops.Settlement;

/// <summary>Read settlement reports.</summary>
public static class SettlementApi
{
    private const string Json = "application/json";
    private const string Html = "text/html";
    private const string Csv = "text/csv";
    private const string Xlsx = ReportXlsx.MediaType;
    private const int MostDays = 366;
    private const int DefaultDays = 30;

    /// <summary>Maps the routes under <c>/api/settlement-reports</c>.</summary>
    public static void MapSettlementReports(this IEndpointRouteBuilder app)
    {
        var reports = app.MapGroup("/api/settlement-reports").WithTags("settlement reports").ForViewers();
        reports.MapGet("/", ListAsync)
            .WithSummary(
                "The newest reports of up to 366 business days added up, by merchant too, and each day with its generations; "
                + "without from and to, of the last 30 days");
        reports.MapGet("/{date}", GetAsync)
            .WithSummary(
                "The report of a business day, the newest generation or the named one, as JSON, as a page, as a workbook or as a table, "
                + "whichever Accept names")
            .Produces<SettlementReport>(contentType: Json, additionalContentTypes: [Html, Csv, Xlsx])
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status406NotAcceptable);
    }

    private static async Task<Results<Ok<SettlementPeriod>, ProblemHttpResult>> ListAsync(
        [FromQuery(Name = "from")] string? fromText,
        [FromQuery(Name = "to")] string? toText,
        SettlementReports reports,
        BusinessTime businessTime,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var to = businessTime.Yesterday(time.GetUtcNow());
        if (toText is not null && !TryParse(toText, out to))
        {
            return NotADate($"to: '{toText}'");
        }

        var from = to.AddDays(1 - Math.Min(DefaultDays, to.DayNumber + 1));
        if (fromText is not null && !TryParse(fromText, out from))
        {
            return NotADate($"from: '{fromText}'");
        }

        if (from > to || to.DayNumber - from.DayNumber >= MostDays)
        {
            return Problems.Of(
                StatusCodes.Status400BadRequest,
                "Not a period",
                $"from {from:yyyy-MM-dd} to {to:yyyy-MM-dd} is not a period of 1 to {MostDays} days; both days are included.");
        }

        return TypedResults.Ok(await reports.ReadPeriodAsync(from, to, cancellationToken));
    }

    private static async Task<IResult> GetAsync(
        string date,
        [FromQuery(Name = "generation")] string? generationText,
        HttpRequest request,
        SettlementReports reports,
        CancellationToken cancellationToken)
    {
        if (!TryParse(date, out var day))
        {
            return NotADate($"'{date}'");
        }

        int? generation = null;
        if (generationText is not null)
        {
            if (!int.TryParse(generationText, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
            {
                return Problems.Of(
                    StatusCodes.Status400BadRequest, "Not a generation", $"generation: '{generationText}' is not a whole number from 1.");
            }

            generation = number;
        }

        if (Choose(request.Headers.Accept) is not { } type)
        {
            return Problems.Of(StatusCodes.Status406NotAcceptable, "Not a form of this report", $"Accept {Json}, {Html}, {Csv} or {Xlsx}.");
        }

        if (await reports.FindAsync(day, generation, cancellationToken) is not { } report)
        {
            return Problems.Of(
                StatusCodes.Status404NotFound, "No report", await reports.DescribeMissingAsync(day, generation, cancellationToken));
        }

        return type switch
        {
            Html => TypedResults.Content(ReportPage.Render(report), $"{Html}; charset=utf-8"),
            Csv => TypedResults.File(ReportCsv.Render(report), $"{Csv}; charset=utf-8", $"settlement-{date}.csv"),
            Xlsx => TypedResults.File(await ReportXlsx.RenderAsync([report], cancellationToken), Xlsx, $"settlement-{date}.xlsx"),
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
            .Select(range => Array.Find([Json, Html, Csv, Xlsx], type => new MediaTypeHeaderValue(type).IsSubsetOf(range)))
            .FirstOrDefault(type => type is not null);
    }

    private static bool TryParse(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private static ProblemHttpResult NotADate(string value) =>
        Problems.Of(StatusCodes.Status400BadRequest, "Not a date", $"{value} is not a date such as 2026-01-31.");
}
