using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Access;

/// <summary>Finds what operators changed.</summary>
public sealed class ActionSearch(IDbContextFactory<GatewayDbContext> contexts)
{
    private const int DefaultCount = 100;
    private const int MostActions = 500;

    /// <summary>The latest.</summary>
    /// <param name="limit">How many, as text; null for a hundred.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Result<List<OperatorAction>>> FindAsync(string? limit, CancellationToken cancellationToken)
    {
        var text = new FilterText();
        var count = text.Limit(limit, DefaultCount, MostActions);
        if (text.Complaint is { } complaint)
        {
            return Refusal.Invalid("Not a valid limit", complaint);
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.OperatorActions.AsNoTracking().OrderByDescending(a => a.At).Take(count).ToListAsync(cancellationToken);
    }
}
