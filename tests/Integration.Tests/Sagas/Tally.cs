using MassTransit;

namespace Gateway.Integration.Tests.Sagas;

/// <summary>The saga of these tests: it adds up what it is told, so that a lost update shows in the total.</summary>
public sealed class Tally : SagaStateMachineInstance, ISagaVersion
{
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    public string CurrentState { get; set; } = "";

    public int TotalAmount { get; set; }
}

public sealed record CountUp
{
    public required Guid TallyId { get; init; }

    public required int Amount { get; init; }
}

public sealed record CountMore
{
    public required Guid TallyId { get; init; }
}

public sealed record CloseTally
{
    public required Guid TallyId { get; init; }
}

public sealed record ReadTally
{
    public required Guid TallyId { get; init; }
}

public sealed record FindTally
{
    public required int TotalAmount { get; init; }
}

/// <summary>What a tally answers to every event: where it stood when it handled it.</summary>
public sealed record TallyAnswered
{
    public required int LoadedVersion { get; init; }

    public required int TotalAmount { get; init; }
}

/// <summary>What a tally answers to an event for which it does not exist.</summary>
public sealed record TallyMissing
{
    public required Guid TallyId { get; init; }
}
