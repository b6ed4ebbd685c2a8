namespace Gateway.Worker.Ops.Access;

/// <summary>A change that somebody asks for, as the trail names it.</summary>
/// <param name="Action">Method and route, such as <c>POST /api/queues/{queue}/pause</c>.</param>
/// <param name="Target">On what: the path and query.</param>
public sealed record RequestedChange(string Action, string Target);
