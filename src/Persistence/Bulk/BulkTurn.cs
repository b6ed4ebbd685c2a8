using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.Bulk;

/// <summary>One worker's turn at a bulk job, for one page. It ends with the worker when that dies.</summary>
public sealed class BulkTurn : IAsyncDisposable
{
    private readonly DatabaseLock? _turn;

    private BulkTurn(BulkJob job, DatabaseLock? turn) => (Job, _turn) = (job, turn);

    /// <summary>The job, read after the turn was taken.</summary>
    public BulkJob Job { get; }

    internal static async Task<BulkTurn?> TakeAsync(
        BulkJobStore jobs, IDbContextFactory<GatewayDbContext> contexts, BulkJob listed, CancellationToken cancellationToken)
    {
        DatabaseLock? turn = null;
        BulkTurn? taken = null;
        try
        {
            if (await IsSharedAsync(contexts, cancellationToken))
            {
                turn = await DatabaseLock.TryTakeAsync(contexts, TurnAt(listed), cancellationToken);
                if (turn is null)
                {
                    return null;
                }
            }

            var job = await jobs.FindAsync(listed.BulkJobId, cancellationToken);
            taken = job is { State: BulkState.Running } ? new BulkTurn(job, turn) : null;
            return taken;
        }
        finally
        {
            if (taken is null && turn is not null)
            {
                await turn.DisposeAsync();
            }
        }
    }

    /// <summary>Lets the next worker take its turn.</summary>
    public ValueTask DisposeAsync() => _turn?.DisposeAsync() ?? ValueTask.CompletedTask;

    // A recovery claims no webhook: two of one merchant at once could both send what neither knows of the other.
    private static string TurnAt(BulkJob job) => job.Kind == BulkKind.Recover ? $"bulk recover {job.MerchantId}" : $"bulk {job.BulkJobId}";

    // One process has the embedded database to itself.
    private static async Task<bool> IsSharedAsync(IDbContextFactory<GatewayDbContext> contexts, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return db.Database.IsNpgsql();
    }
}
