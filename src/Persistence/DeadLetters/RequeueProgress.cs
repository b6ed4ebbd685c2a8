namespace Gateway.Persistence.DeadLetters;

/// <summary>How far an order to put letters back is.</summary>
/// <param name="Total">The letters it is about.</param>
/// <param name="Done">Those that were put back.</param>
/// <param name="Waiting">Those that will be.</param>
public sealed record RequeueProgress(int Total, int Done, int Waiting);
