using Gateway.Persistence.Operations;

namespace Gateway.Worker.Ops.Queues;

/// <summary>Whether a queue is paused, as it was just written. Its figures take the broker and are in the list of queues.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Paused">Whether it is paused.</param>
/// <param name="PausedBy">Who paused it.</param>
/// <param name="PausedAt">Since when, UTC.</param>
public sealed record PauseResponse(string Queue, bool Paused, string? PausedBy, DateTime? PausedAt)
{
    /// <summary>Shows a pause.</summary>
    public static PauseResponse From(QueuePause pause) => new(pause.Queue, Paused: true, pause.PausedBy, pause.PausedAt);
}
