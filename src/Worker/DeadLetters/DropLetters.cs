using Gateway.Persistence.Bulk;
using Gateway.Worker.Bulk;

namespace Gateway.Worker.DeadLetters;

/// <summary>Drops the letters that operators asked for, a page a commit.</summary>
internal sealed class DropLetters(LetterPages letters, TimeProvider time) : IBulkWork
{
    public BulkKind Kind => BulkKind.Drop;

    public bool Sends => false;

    public Task DoNextAsync(BulkJob job, CancellationToken cancellationToken) =>
        letters.DropNextAsync(job, time.GetUtcNow().UtcDateTime, cancellationToken);
}
