using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Access;

/// <summary>Finds what operators changed.</summary>
public sealed class ActionSearch(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>A page, the latest first.</summary>
    public async Task<Result<ActionPage>> FindAsync(ActionQuery query, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var actions = Narrow(db.OperatorActions.AsNoTracking(), query);
        if (query.After is { } after)
        {
            var last = await db.OperatorActions.AsNoTracking().FirstOrDefaultAsync(a => a.ActionId == after, cancellationToken);
            if (last is null)
            {
                return Refusal.NotAFilter("cursor is not the action_id of a change that is still kept.");
            }

            actions = actions.Where(a => a.At <= last.At && (a.At < last.At || a.ActionId < last.ActionId));
        }

        var found = await actions.OrderByDescending(a => a.At).ThenByDescending(a => a.ActionId).Take(query.Count + 1)
            .ToListAsync(cancellationToken);
        return found.Count <= query.Count
            ? new ActionPage(found, Next: null)
            : new ActionPage(found[..query.Count], found[query.Count - 1].ActionId);
    }

    private static IQueryable<OperatorAction> Narrow(IQueryable<OperatorAction> actions, ActionQuery query)
    {
        if (query.Operator is { } name)
        {
            actions = actions.Where(a => a.Operator == name);
        }

        if (query.Action is { } action)
        {
            actions = actions.Where(a => a.Action == action);
        }

        if (query.Target is { } target)
        {
            actions = actions.Where(a => a.Target.Contains(target));
        }

        if (query.From is { } from)
        {
            actions = actions.Where(a => a.At >= from);
        }

        if (query.To is { } to)
        {
            actions = actions.Where(a => a.At < to);
        }

        return query.Outcome switch
        {
            ActionOutcome.Done => actions.Where(a => a.StatusCode < 400),
            ActionOutcome.Refused => actions.Where(a => a.StatusCode >= 400 && a.StatusCode < 500),
            ActionOutcome.Failed => actions.Where(a => a.StatusCode >= 500),
            ActionOutcome.Open => actions.Where(a => a.StatusCode == null),
            _ => actions,
        };
    }
}
