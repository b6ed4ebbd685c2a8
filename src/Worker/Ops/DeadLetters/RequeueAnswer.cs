using Gateway.Persistence.DeadLetters;

namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>An order to put letters back.</summary>
/// <param name="RequeueId">The order.</param>
/// <param name="Total">The letters it is about.</param>
/// <param name="Done">Those that are back in their queue.</param>
/// <param name="State">running, stopped or done.</param>
public sealed record RequeueAnswer(Guid RequeueId, int Total, int Done, string State)
{
    internal static RequeueAnswer Of(Guid requeueId, RequeueProgress progress) => new(
        requeueId,
        progress.Total,
        progress.Done,
        progress switch
        {
            { Waiting: > 0 } => "running",
            { Done: var done, Total: var total } when done < total => "stopped",
            _ => "done",
        });
}
