namespace Gateway.Worker.Ops;

/// <summary>What a change answers of which there is nothing to show.</summary>
public readonly record struct Unit;
