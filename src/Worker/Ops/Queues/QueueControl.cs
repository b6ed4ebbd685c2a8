using Gateway.Worker.Gate;

namespace Gateway.Worker.Ops.Queues;

/// <summary>Pauses, resumes and purges queues.</summary>
public sealed class QueueControl(QueuePauses pauses, GatedQueues queues, BrokerQueues? broker = null)
{
    // Neither a pause nor its end waits for anybody but the database: a brake must answer while the broker is away or slow.

    /// <summary>Starts nothing more of a queue, in all workers and after a restart.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<PauseResponse>> PauseAsync(string queue, string by, CancellationToken cancellationToken) =>
        queues.Find(queue) is { } gated
            ? PauseResponse.From(await pauses.PauseAsync(gated, by, cancellationToken))
            : Unknown(queue);

    /// <summary>Lets a paused queue be consumed again.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="cancellationToken">Ends the wait for the database.</param>
    public async Task<Result<PauseResponse>> ResumeAsync(string queue, CancellationToken cancellationToken)
    {
        if (queues.Find(queue) is not { } gated)
        {
            return Unknown(queue);
        }

        await pauses.ResumeAsync(gated, cancellationToken);
        return new PauseResponse(queue, Paused: false, PausedBy: null, PausedAt: null);
    }

    /// <summary>Removes what is ready in a queue at the broker. What came to it from the waiting room is still there.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="cancellationToken">Ends the wait for the broker.</param>
    public async Task<Result<PurgeResponse>> PurgeAsync(string queue, CancellationToken cancellationToken)
    {
        if (queues.Find(queue) is null)
        {
            return Unknown(queue);
        }

        if (broker is null)
        {
            return Refusal.NotEmbedded("A queue is purged by the broker");
        }

        return await broker.PurgeAsync(queue, cancellationToken) is { } purged
            ? Result.Done(new PurgeResponse(queue, purged), $"purged {purged}")
            : Refusal.NotFound("Queue not found", $"The broker has no queue '{queue}' yet.");
    }

    private Refusal Unknown(string queue) => Refusal.NotFound(
        "Queue not found", $"There is no queue '{queue}'. The queues are {string.Join(", ", queues.All.Select(i => i.Queue))}.");
}
