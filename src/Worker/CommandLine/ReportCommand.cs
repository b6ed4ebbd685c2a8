using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Persistence;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Gateway.Worker.Servers;
using Gateway.Worker.Settlement;

namespace Gateway.Worker.CommandLine;

/// <summary><c>report</c>: writes the settlement report of a business day, if its figures have changed, and prints it.</summary>
internal static class ReportCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var date = new Option<string?>("--date") { Description = "The business day, such as 2026-01-31; without it, yesterday" };
        var format = new Option<string>("--format")
        {
            Description = "How it is printed: text, html, csv, xlsx or json",
            DefaultValueFactory = _ => "text",
        }.AcceptOnlyFromAmong("text", "html", "csv", "xlsx", "json");
        var generation = new Option<int?>("--generation") { Description = "Print this generation of it, from 1, and write nothing" };
        var output = new Option<FileInfo?>("--output")
        {
            Description = "The file to print to, such as report.html; default: standard output",
        };
        var command = new Command("report", "Write the settlement report of a business day, if its figures have changed, and print it")
        {
            date, generation, format, output,
        };
        command.SetAction((arguments, stop) => RunAsync(
            arguments.GetValue(date), arguments.GetValue(generation), arguments.GetValue(format)!, arguments.GetValue(output), stop));
        return command;
    }

    private static async Task<int> RunAsync(string? dateText, int? generation, string format, FileInfo? output, CancellationToken stop)
    {
        DateOnly? date = null;
        if (dateText is not null)
        {
            if (!DateOnly.TryParseExact(dateText, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed))
            {
                return await FailAsync(ExitCodes.WrongConfiguration, $"--date: '{dateText}' is not a date such as 2026-01-31");
            }

            date = parsed;
        }

        var builder = Host.CreateApplicationBuilder();
        // What is printed is the report.
        builder.Logging.ClearProviders();
        try
        {
            var options = GatewayOptions.Read(builder.Configuration);
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddSettlementReports(options.Settlement, options.BusinessTime);
            builder.Services.AddDatabase(options.Mode, options.Database);
            using var host = builder.Build();
            var day = date ?? options.BusinessTime.Yesterday(TimeProvider.System.GetUtcNow());
            if (generation is not null)
            {
                return await PrintKeptAsync(
                    host.Services.GetRequiredService<SettlementReports>(), day, generation.Value, format, output, stop);
            }

            var run = await host.Services.GetRequiredService<SettlementWriter>().WriteAsync(day, stop);
            // Apart from the report, which standard output is for.
            await Console.Error.WriteLineAsync($"{run}{LeftOut.Describe(run.LeftOut)}");
            await PrintAsync(run.Asked, format, output, stop);
            return ExitCodes.Done;
        }
        catch (InvalidSettingsException exception)
        {
            return await FailAsync(ExitCodes.WrongConfiguration, exception.Message);
        }
        catch (ReportRefusedException refusal)
        {
            return await FailAsync(ExitCodes.Failed, $"--date: {refusal.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(ExitCodes.Failed, $"--output: {exception.Message}");
        }
        catch (Exception exception) when (DatabaseFailure.IsCauseOf(exception))
        {
            return await FailAsync(ExitCodes.Failed, $"The database does not give the report: {exception.GetBaseException().Message}");
        }
    }

    private static async Task<int> PrintKeptAsync(
        SettlementReports reports, DateOnly day, int generation, string format, FileInfo? output, CancellationToken stop)
    {
        if (await reports.FindAsync(day, generation, stop) is not { } report)
        {
            return await FailAsync(ExitCodes.NotFound, $"--generation: {await reports.DescribeMissingAsync(day, generation, stop)}");
        }

        await PrintAsync(report, format, output, stop);
        return ExitCodes.Done;
    }

    private static async Task PrintAsync(SettlementReport report, string format, FileInfo? output, CancellationToken stop)
    {
        var content = format switch
        {
            "html" => Encoding.UTF8.GetBytes(ReportPage.Render(report)),
            "csv" => ReportCsv.Render(report),
            "xlsx" => await ReportXlsx.RenderAsync([report], stop),
            "json" => JsonSerializer.SerializeToUtf8Bytes(report, Indented),
            _ => Encoding.UTF8.GetBytes(ReportText.Render(report)),
        };
        if (output is not null)
        {
            await File.WriteAllBytesAsync(output.FullName, content, stop);
            Console.WriteLine($"Written: {output.FullName}");
            return;
        }

        await using var console = Console.OpenStandardOutput();
        await console.WriteAsync(content, stop);
    }

    private static async Task<int> FailAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
