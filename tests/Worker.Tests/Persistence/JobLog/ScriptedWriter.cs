using System.Collections.Frozen;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;

namespace Gateway.Worker.Tests.Persistence.JobLog;

/// <summary>A database in memory whose answers a test decides: before each batch it asks <see cref="Answer"/>, which may throw.</summary>
internal sealed class ScriptedWriter : IJobRunWriter
{
    public Func<Task> Answer { get; set; } = () => Task.CompletedTask;

    public List<string> Calls { get; } = [];

    public List<Guid> Rows { get; } = [];

    public bool IsDisposed { get; private set; }

    public Task<IReadOnlySet<WaitingWebhook>> WriteAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken) => WriteAsync("write", records);

    public Task<IReadOnlySet<WaitingWebhook>> WriteMissingAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken) =>
        WriteAsync("write missing", records);

    public bool IsRefusal(Exception exception) => exception is FormatException;

    public bool IsDuplicate(Exception exception) => exception is DuplicateWaitObjectException;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private async Task<IReadOnlySet<WaitingWebhook>> WriteAsync(string call, IReadOnlyList<JobRecord> records)
    {
        Calls.Add($"{call} {records.Count}");
        await Answer();
        if (records.Any(record => record.Run?.Reason == "poison"))
        {
            throw new FormatException("no such reason");
        }

        Rows.AddRange(records.Select(record => record.Run!.RunId).Except(Rows));
        return FrozenSet<WaitingWebhook>.Empty;
    }
}
