using System.Runtime.InteropServices;
using Gateway.Benchmarks;

// A benchmark that is interrupted still stops the worker that it started and removes its database.
using var stop = new CancellationTokenSource();
void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);

try
{
    switch (args)
    {
        case ["ceiling"]:
            await Ceiling.RunAsync(isSigned: false, stop.Token);
            await Ceiling.RunAsync(isSigned: true, stop.Token);
            return 0;
        case ["worker"]:
            await WorkerRun.RunAsync(stop.Token);
            return 0;
        case ["latency"]:
            await LatencyRun.RunAsync(stop.Token);
            return 0;
        case ["isolation"]:
            await IsolationRun.RunAsync(stop.Token);
            return 0;
        case ["waiting"]:
            await WaitingRun.RunAsync(stop.Token);
            return 0;
        case ["queue"]:
            await QueueRun.RunAsync(stop.Token);
            return 0;
        case ["gate"]:
            await GateRun.RunAsync(stop.Token);
            return 0;
        case ["expiry"]:
            await ExpiryRun.RunAsync(stop.Token);
            return 0;
        case ["outbox"]:
            await OutboxRun.RunAsync(stop.Token);
            return 0;
        case ["report"]:
            await ReportRun.RunAsync(stop.Token);
            return 0;
        case ["startup"]:
            await StartupRun.RunAsync(stop.Token);
            return 0;
        case ["table", var file]:
            Console.WriteLine(ResultTable.ToMarkdown(Result.ReadAll(file)));
            return 0;
        default:
            Console.Error.WriteLine(
                """
                Measures the worker; ./bench.sh starts the servers and sets the environment.

                  ceiling       POSTs by a bare HttpClient, unsigned and signed: what no worker can exceed
                  worker        the worker itself, draining deliveries that were queued before
                  latency       the worker at 500 deliveries a second: the time from publishing to receipt
                  isolation     20 merchants at 200 deliveries a second, alone and beside one that hangs, refuses or fails
                  waiting       the waiting room with 1,000,000 in it: 100,000 that are due at one moment, and 2,000 a second in and out
                  queue         1,000,000 webhooks in a queue that nobody takes: the broker's memory, and its restart
                  gate          the gate alone, at 64 slots
                  expiry        100,000 due payments of 1,000,000, by one raw statement and by the worker's job
                  outbox        100,000 messages from the outbox to a queue
                  report        the report of 1,000,000 payments among 10,000,000, and one raw query
                  startup       published workers: start to ready and to the first delivery, and memory while idle
                  table FILE    the results in FILE, JSON lines, as a Markdown table of medians

                Each but table prints its results as JSON lines.
                """);
            return 2;
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
