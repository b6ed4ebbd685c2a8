using Gateway.Persistence.Operations;

namespace Gateway.Worker.Ops.Access;

/// <summary>Some of what operators changed, the latest first.</summary>
/// <param name="Actions">The changes.</param>
/// <param name="Next">Where the next page starts; null on the last one.</param>
public sealed record ActionPage(IReadOnlyList<OperatorAction> Actions, Guid? Next);
