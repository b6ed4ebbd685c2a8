using MassTransit;

namespace Gateway.Integration.Tests.Persistence.Sagas;

/// <summary>The saga of these tests: it adds up, so that a lost update shows in the total.</summary>
public sealed class Tally : ISaga, ISagaVersion
{
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    public string CurrentState { get; set; } = "";

    public int TotalAmount { get; set; }
}
