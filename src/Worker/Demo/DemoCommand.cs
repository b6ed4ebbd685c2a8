using System.CommandLine;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Calendar;
using Gateway.Worker.CommandLine;
using Gateway.Worker.Hosting;
using Gateway.Worker.Payments;
using Gateway.Worker.Settlement;
using Gateway.Worker.Wallets;
using MassTransit;
using Spectre.Console;

namespace Gateway.Worker.Demo;

/// <summary>
/// <c>demo</c>: the worker's four jobs with no server at all. Ends with 0 when everything it promised happened, else with 1. With
/// <c>--stay</c> it goes on with sample traffic until it is stopped, and ends with 0.
/// </summary>
internal static class DemoCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var stays = new Option<bool>("--stay") { Description = "Go on with sample traffic, so that the dashboard lives, until Ctrl+C" };
        var demo = new Command("demo", "Run the four jobs on sample data, with no server at all, and show each attempt") { stays };
        demo.SetAction((arguments, stop) => RunAsync(arguments.GetValue(stays), stop));
        return demo;
    }

    private static async Task<int> RunAsync(bool stays, CancellationToken stop)
    {
        try
        {
            return await RunToEndAsync(stays, stop);
        }
        catch (OperationCanceledException) when (stays && stop.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }
    }

    private static async Task<int> RunToEndAsync(bool stays, CancellationToken stop)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-demo-");
        try
        {
            IReadOnlyList<SampleMerchant> merchants = stays ? [.. SampleMerchant.All, SampleMerchant.Slow] : SampleMerchant.All;
            await using var endpoint = await SampleEndpoint.StartAsync(merchants, stop);
            await using var chains = await SampleChains.StartAsync(stop);
            await using var worker = BuildWorker(endpoint.Url, chains, Path.Combine(directory.FullName, "demo.db"), stays);
            try
            {
                return await RunAsync(worker, endpoint, merchants, stays, stop);
            }
            finally
            {
                // Also what a stop has broken off in its start: what had been started would keep the process.
                using var limit = new CancellationTokenSource(LongestEnd);
                await worker.StopAsync(limit.Token);
            }
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            directory.Delete(recursive: true);
        }
    }

    private static async Task<int> RunAsync(
        WebApplication worker, SampleEndpoint endpoint, IReadOnlyList<SampleMerchant> merchants, bool stays, CancellationToken stop)
    {
        var time = TimeProvider.System;
        using var limited = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limited.Token);

        await worker.Services.GetRequiredService<GatewaySchema>().MigrateAsync(stop);
        await worker.StartAsync(stop);
        Console.WriteLine($"Dashboard and API on {worker.Urls.Single()} until the demo ends.");

        SampleDelivery[] deliveries =
        [
            SampleDelivery.Create(merchants[0], "payment.created", time.GetUtcNow()),
            SampleDelivery.Create(merchants[0], "payment.completed", time.GetUtcNow()),
            SampleDelivery.Create(merchants[1], "payment.completed", time.GetUtcNow()),
            SampleDelivery.Create(merchants[2], "payment.completed", time.GetUtcNow()),
            SampleDelivery.OfExpiry(merchants[0], time.GetUtcNow()),
        ];
        var yesterday = worker.Services.GetRequiredService<BusinessTime>().Yesterday(time.GetUtcNow());
        SampleJob[] jobs =
        [
            new(Guid.CreateVersion7(), ExpirePaymentsJob.Definition, new ExpirePayments { RunAt = time.GetUtcNow() }),
            new(Guid.CreateVersion7(), CheckWalletBalancesJob.Definition, new CheckWalletBalances { RunAt = time.GetUtcNow() }),
            new(Guid.CreateVersion7(), GenerateSettlementReportJob.Definition, new GenerateSettlementReport { Date = yesterday }),
        ];
        await SampleData.WriteAsync(worker.Services, endpoint.Url, merchants, deliveries, time.GetUtcNow(), stop);

        var bus = worker.Services.GetRequiredService<IBus>();
        var letters = worker.Services.GetRequiredService<DeadLetterStore>();
        var alerts = await BalanceAlerts.WatchAsync(bus);
        foreach (var delivery in deliveries.Where(d => !d.IsExpiry))
        {
            await bus.Publish(delivery.Message, stop);
        }

        foreach (var job in jobs)
        {
            await bus.Publish(
                job.Message,
                job.Message.GetType(),
                Pipe.Execute<PublishContext>(publish => publish.MessageId = job.Id),
                stop);
        }

        var progress = new DemoProgress(deliveries, jobs, worker.Services.GetRequiredService<JobHistory>(), time);
        await ShowAsync(
            progress,
            async () =>
                progress.IsDone
                && alerts.Last is not null
                && await letters.CountAsync(new DeadLetterFilter(), CancellationToken.None) > 0,
            time,
            either.Token);
        var dead = await letters.CountAsync(new DeadLetterFilter(), stop);
        var report = await worker.Services.GetRequiredService<SettlementReports>().FindAsync(yesterday, generation: null, stop);
        var isKept = DemoSummary.Write(progress, endpoint, dead, alerts, report);
        if (report is not null)
        {
            // In a folder of its own: of a name that can be guessed anybody may have made a link to another file.
            var folder = Directory.CreateTempSubdirectory("gateway-settlement-");
            var page = Path.Combine(folder.FullName, $"{yesterday:yyyy-MM-dd}.html");
            await File.WriteAllTextAsync(page, ReportPage.Render(report), stop);
            Console.WriteLine($"Yesterday's settlement report: {page}");
        }

        if (stays)
        {
            Console.WriteLine($"Sample traffic goes on until Ctrl+C. Look at it: {worker.Urls.Single()}");
            await SampleTraffic.RunAsync(bus, merchants, time, stop);
        }

        return isKept ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static WebApplication BuildWorker(Uri endpoint, SampleChains chains, string databaseFile, bool stays)
    {
        var runsSchedules = stays ? "true" : "false";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GATEWAY_MODE"] = "embedded",
            ["OPS_URL"] = "http://127.0.0.1:0",
            ["DB_FILE"] = databaseFile,
            ["WEBHOOK_RETRY_DELAYS"] = "500ms,1s,2s,4s,8s",
            ["WEBHOOK_ALLOW_HTTP"] = "true",
            ["WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.0/8",
            ["WEBHOOK_ALLOWED_PORTS"] = endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            // The demo asks for each job itself. Who stays sees the schedules at work.
            ["PAYMENT_EXPIRY_ENABLED"] = runsSchedules,
            ["BALANCE_CHECK_ENABLED"] = runsSchedules,
            ["SETTLEMENT_REPORT_ENABLED"] = "false",
        });
        builder.Configuration.AddInMemoryCollection(chains.Settings);
        // The table tells the story; log lines would tear it.
        builder.Logging.ClearProviders();
        return GatewayHost.Build(builder, GatewayOptions.Read(builder.Configuration));
    }

    private static async Task ShowAsync(DemoProgress progress, Func<Task<bool>> isDone, TimeProvider time, CancellationToken stop)
    {
        AnsiConsole.MarkupLine(
            "[bold]Three merchants, five webhooks:[/] a healthy endpoint, "
            + "one that fails twice, one that is always down.");
        AnsiConsole.MarkupLine("Retries wait 0.5, 1, 2, 4 and 8 s, each ±20 % (in production 10 s to 3 h 36 min).");
        AnsiConsole.MarkupLine(
            "[bold]The three scheduled jobs, once:[/] an unpaid payment expires, "
            + "two wallets are checked, yesterday is settled.");

        async Task FollowAsync(Action<JobRun> show)
        {
            using var timer = new PeriodicTimer(Refresh, time);
            do
            {
                foreach (var run in await progress.NewRunsAsync(CancellationToken.None))
                {
                    show(run);
                }
            }
            while (!await isDone() && await WaitAsync(timer, stop));
        }

        if (AnsiConsole.Profile.Out.IsTerminal)
        {
            var table = DemoTable.Create();
            await AnsiConsole.Live(table).StartAsync(live => FollowAsync(run =>
            {
                table.AddRow(DemoTable.Cells(progress, run));
                live.Refresh();
            }));
        }
        else
        {
            await FollowAsync(run => Console.WriteLine(DemoTable.Line(progress, run)));
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The time is up or the user has seen enough: the summary says what is missing.
            return false;
        }
    }
}
