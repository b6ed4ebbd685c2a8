using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Tests.Webhooks.Endpoints;

/// <summary>A database that answers when the gate is open, and counts what it was asked.</summary>
internal sealed class GatedDatabase(IDbContextFactory<GatewayDbContext> contexts) : IDbContextFactory<GatewayDbContext>
{
    private TaskCompletionSource? _gate;
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    public void Close() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _gate?.SetResult();

    public GatewayDbContext CreateDbContext() => throw new NotSupportedException("The worker asks asynchronously.");

    public async Task<GatewayDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _asked);
        await (_gate?.Task ?? Task.CompletedTask).WaitAsync(cancellationToken);
        return await contexts.CreateDbContextAsync(cancellationToken);
    }
}
