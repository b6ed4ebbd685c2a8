namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>An order to put letters back.</summary>
/// <param name="RequeueId">The order.</param>
/// <param name="Total">The letters it is about.</param>
/// <param name="Done">Those that are back in their queue.</param>
/// <param name="State">running, stopped or done.</param>
/// <param name="WaitsFor">What it waits for while it is running and cannot send: RabbitMQ in alarm.</param>
public sealed record RequeueResponse(Guid RequeueId, int Total, int Done, string State, string? WaitsFor)
{
    /// <summary>Shows an order.</summary>
    public static RequeueResponse Of(RequeueOrder order) => new(
        order.RequeueId,
        order.Progress.Total,
        order.Progress.Done,
        order.Progress switch
        {
            { Waiting: > 0 } => "running",
            { Done: var done, Total: var total } when done < total => "stopped",
            _ => "done",
        },
        order.WaitsFor);
}
