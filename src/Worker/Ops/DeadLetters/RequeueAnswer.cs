namespace Gateway.Worker.Ops.DeadLetters;

/// <summary>What a requeue moved.</summary>
/// <param name="Requeued">Letters that are back in their queue.</param>
/// <param name="HasMore">Whether there may be more that match.</param>
public sealed record RequeueAnswer(int Requeued, bool HasMore);
