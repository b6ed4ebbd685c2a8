using Gateway.Persistence.DeadLetters;
using Gateway.Worker.Bus;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>Finds dead letters.</summary>
public sealed class DeadLetterSearch(DeadLetterStore letters, GatewayQueues queues)
{
    /// <summary>Reads a question from text, as the parameters of an address are; null is what is not asked for.</summary>
    public Result<DeadLetterQuery> Read(
        string? queue,
        string? merchantId,
        string? @event,
        string? reason,
        string? from,
        string? to,
        string? state,
        string? order,
        string? cursor,
        string? limit) =>
        DeadLetterQuery.Read(queues, queue, merchantId, @event, reason, from, to, state, order, cursor, limit);

    /// <summary>Which letters a change is about.</summary>
    public Result<DeadLetterFilter> Read(DeadLettersRequest request) => request.ToFilter(queues);

    /// <summary>One page of letters.</summary>
    /// <param name="query">Which letters, and which page of them.</param>
    /// <param name="showsPayload">Whether it is for an operator, who alone may see what messages say.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<DeadLetterList> FindAsync(DeadLetterQuery query, bool showsPayload, CancellationToken cancellationToken)
    {
        var page = await letters.ListAsync(query.Filter, query.IsNewestFirst, query.After, query.Count, cancellationToken);
        return new DeadLetterList(
            [.. page.Letters.Select(letter => DeadLetterResponse.From(letter, queues, showsPayload))], page.Next?.ToString());
    }

    /// <summary>How many letters a change would be about.</summary>
    public async Task<Result<DeadLettersCount>> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var count = await letters.CountAsync(filter, cancellationToken);
        return Result.Done(new DeadLettersCount(count), $"counted {count}");
    }

    /// <summary>A letter with which nobody has dealt.</summary>
    /// <param name="id">Its id, as text.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    internal async Task<Result<DeadLetter>> FindDeadAsync(string id, CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var letterId)
            ? await letters.FindAsync(letterId, cancellationToken) switch
            {
                { State: DeadLetterState.Dead } letter => letter,
                var other => NotDead(letterId, other),
            }
            : Refusal.Invalid("Not a letter's id", $"'{id}' is not a UUID.");

    /// <summary>Why nothing can be done about a letter that was dead a moment ago.</summary>
    internal async Task<Refusal> FindTakenAsync(Guid letterId, CancellationToken cancellationToken) =>
        NotDead(letterId, await letters.FindAsync(letterId, cancellationToken));

    private static Refusal NotDead(Guid letterId, DeadLetter? letter) => letter is null
        ? Refusal.NotFound("Dead letter not found", $"There is no dead letter {letterId}.")
        : Refusal.Conflict(
            "Dealt with already",
            letter.State == DeadLetterState.Requeueing
                ? $"{letter.ChangedBy} asked at {letter.ChangedAt:O} for dead letter {letter.LetterId} to be put back, "
                    + "and a worker is about to."
                : $"Dead letter {letter.LetterId} was {letter.State.ToString().ToLowerInvariant()} at {letter.ChangedAt:O}: "
                    + $"{letter.ChangedBy} asked for that.");
}
