namespace Gateway.Worker.Workers;

/// <summary>How much this worker does, as its sign of life tells it.</summary>
/// <param name="Slots">How many jobs it runs at once.</param>
/// <param name="InFlight">How many it runs at this moment.</param>
public sealed record WorkerLoad(int Slots, Func<int> InFlight);
