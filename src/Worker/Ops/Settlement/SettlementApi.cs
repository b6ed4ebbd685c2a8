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

    // For links, which cannot say what they accept.
    private static readonly Dictionary<string, string> Formats = new()
    {
        ["json"] = Json,
        ["html"] = Html,
        ["csv"] = Csv,
        ["xlsx"] = Xlsx,
    };

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
                + "whichever format or, without one, Accept names")
            .Produces<SettlementReport>(contentType: Json, additionalContentTypes: [Html, Csv, Xlsx])
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status406NotAcceptable);
    }

    private static async Task<Results<Ok<SettlementPeriod>, ProblemHttpResult>> ListAsync(
        [FromQuery] string? from, [FromQuery] string? to, SettlementSearch reports, CancellationToken cancellationToken)
    {
        var query = SettlementPeriodQuery.Read(from, to);
        return query.IsDone
            ? (await reports.FindPeriodAsync(query.Value, cancellationToken)).ToHttp(TypedResults.Ok)
            : HttpTranslation.ProblemOf(query.Refusal);
    }

    private static async Task<IResult> GetAsync(
        string date,
        [FromQuery] string? generation,
        [FromQuery] string? format,
        HttpRequest request,
        SettlementSearch reports,
        CancellationToken cancellationToken)
    {
        var query = SettlementReportQuery.Read(date, generation);
        if (!query.IsDone)
        {
            return HttpTranslation.ProblemOf(query.Refusal);
        }

        if (format is not null && !Formats.ContainsKey(format))
        {
            return HttpTranslation.ProblemOf(Refusal.Invalid(
                "Not a form of this report", $"format: '{format}' is not one of {string.Join(", ", Formats.Keys)}."));
        }

        if ((format is null ? Choose(request.Headers.Accept) : Formats[format]) is not { } type)
        {
            return Problems.Create(
                StatusCodes.Status406NotAcceptable, "Not a form of this report", $"Accept {Json}, {Html}, {Csv} or {Xlsx}.");
        }

        var found = await reports.FindAsync(query.Value, cancellationToken);
        return found is { Value: { } report }
            ? type switch
            {
                Html => TypedResults.Content(ReportPage.Render(report), $"{Html}; charset=utf-8"),
                Csv => TypedResults.File(ReportCsv.Render(report), $"{Csv}; charset=utf-8", $"settlement-{date}.csv"),
                Xlsx => TypedResults.File(await ReportXlsx.RenderAsync([report], cancellationToken), Xlsx, $"settlement-{date}.xlsx"),
                _ => TypedResults.Json(report),
            }
            : HttpTranslation.ProblemOf(found.Refusal!);
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
}
