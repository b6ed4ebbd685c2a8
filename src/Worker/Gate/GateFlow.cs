namespace Gateway.Worker.Gate;

/// <summary>One of the flows that share the slots of a <see cref="WeightedGate"/>.</summary>
/// <param name="Name">The name, such as a queue's.</param>
/// <param name="Weight">Its share of the starts while every flow has something waiting, from 1 to 1,000.</param>
public readonly record struct GateFlow(string Name, int Weight);
