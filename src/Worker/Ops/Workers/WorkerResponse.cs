using Gateway.Persistence.Operations;

namespace Gateway.Worker.Ops.Workers;

/// <summary>A worker as the API shows it.</summary>
/// <param name="WorkerId">The process: another one after each start.</param>
/// <param name="Host">Its machine.</param>
/// <param name="Version">Its version; null where an earlier one has written the row.</param>
/// <param name="StartedAt">When it started, UTC.</param>
/// <param name="SeenAt">UTC; its last sign of life, which it gives every ten seconds.</param>
/// <param name="IsAlive">
/// Whether that is recent. One that stopped is not shown; one that is not alive was killed, or cannot reach the database.
/// </param>
/// <param name="Slots">How many jobs it runs at once.</param>
/// <param name="InFlight">How many it ran at its last sign of life.</param>
public sealed record WorkerResponse(
    Guid WorkerId, string Host, string? Version, DateTime StartedAt, DateTime SeenAt, bool IsAlive, int? Slots, int? InFlight)
{
    /// <summary>Shows a worker.</summary>
    public static WorkerResponse From(WorkerSign sign, bool isAlive) => new(
        sign.WorkerId, sign.Host, sign.Version, sign.StartedAt, sign.SeenAt, isAlive, sign.Slots, sign.InFlight);
}
