using System.Collections.Concurrent;
using System.Collections.Frozen;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Waiting;

namespace Gateway.Tests.Persistence;

/// <summary>Writes all records but those of deliveries whose worker dies before it can hand them in.</summary>
internal sealed class ForgetfulWriter(IJobRunWriter writer) : IJobRunWriter
{
    /// <summary>The deliveries whose records do not come to the database.</summary>
    public ConcurrentDictionary<Guid, bool> Forgotten { get; } = new();

    public Task<IReadOnlySet<WaitingWebhook>> WriteAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken) =>
        Kept(records) is { Count: > 0 } kept ? writer.WriteAsync(kept, cancellationToken) : Task.FromResult<IReadOnlySet<WaitingWebhook>>(FrozenSet<WaitingWebhook>.Empty);

    public Task<IReadOnlySet<WaitingWebhook>> WriteMissingAsync(IReadOnlyList<JobRecord> records, CancellationToken cancellationToken) =>
        Kept(records) is { Count: > 0 } kept ? writer.WriteMissingAsync(kept, cancellationToken) : Task.FromResult<IReadOnlySet<WaitingWebhook>>(FrozenSet<WaitingWebhook>.Empty);

    public bool IsRefusal(Exception exception) => writer.IsRefusal(exception);

    public bool IsDuplicate(Exception exception) => writer.IsDuplicate(exception);

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private List<JobRecord> Kept(IReadOnlyList<JobRecord> records) =>
        [.. records.Where(record => !Forgotten.ContainsKey(record.Run?.JobId ?? record.Waiting!.Key.DeliveryId))];
}
