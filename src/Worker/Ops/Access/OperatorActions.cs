using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Access;

/// <summary>
/// Writes a row of <c>operator_actions</c> for every change: before it is made who asked for what, and afterwards what came of it. A change
/// that cannot be written down is not made.
/// </summary>
public sealed class OperatorActions(IDbContextFactory<GatewayDbContext> contexts, TimeProvider time, ILogger<OperatorActions> logger)
{
    internal static Refusal NotWrittenDown { get; } = Refusal.Unavailable(
        "Not done", "The database does not answer, so the change cannot be written down, and is not made.");

    /// <summary>Makes a change that somebody asked for on a page, as the API does.</summary>
    /// <param name="who">Who asks for it. A viewer's change is refused, and nothing is written.</param>
    /// <param name="change">The change that is asked for.</param>
    /// <param name="make">Makes the change.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Result<T>> RunAsync<T>(
        Caller who, RequestedChange change, Func<CancellationToken, Task<Result<T>>> make, CancellationToken cancellationToken)
        where T : notnull
    {
        if (!who.MayChange)
        {
            return Refusal.NotAnOperator(who.Name);
        }

        if (await BeginAsync(who, change, cancellationToken) is not { } actionId)
        {
            return NotWrittenDown;
        }

        var status = StatusCodes.Status500InternalServerError;
        string? outcome = null;
        try
        {
            var result = await make(cancellationToken);
            (status, outcome) = (result.ToStatus(), result.Outcome);
            return result;
        }
        catch (Exception exception)
        {
            status = HttpTranslation.StatusOf(exception);
            throw;
        }
        finally
        {
            await EndAsync(actionId, status, outcome);
        }
    }

    /// <summary>Writes down who asks for what.</summary>
    /// <returns>The row's id; null when it cannot be written.</returns>
    internal async Task<Guid?> BeginAsync(Caller who, RequestedChange change, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var action = new OperatorAction
        {
            ActionId = Guid.CreateVersion7(now),
            At = now.UtcDateTime,
            Operator = Short(who.Name, 64),
            Address = who.Address,
            Action = Short(change.Action, 255),
            Target = Short(change.Target, 1024),
        };
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            db.OperatorActions.Add(action);
            await db.SaveChangesAsync(cancellationToken);
            return action.ActionId;
        }
        catch (Exception exception) when (DatabaseFailure.MayBeCauseOf(exception))
        {
            Log.NotWrittenDown(logger, action.Action, exception);
            return null;
        }
    }

    /// <summary>Writes down what came of it.</summary>
    internal async Task EndAsync(Guid actionId, int statusCode, string? outcome)
    {
        outcome = outcome is null ? null : Short(outcome, 1024);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
            await db.OperatorActions.Where(a => a.ActionId == actionId).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.StatusCode, (int?)statusCode).SetProperty(a => a.Outcome, outcome), CancellationToken.None);
        }
        catch (Exception exception) when (DatabaseFailure.MayBeCauseOf(exception))
        {
            // That it was asked for is written down; its outcome is only here.
            Log.OutcomeNotWrittenDown(logger, actionId, statusCode, outcome, exception);
        }
    }

    private static string Short(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
