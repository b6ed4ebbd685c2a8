namespace Gateway.Integration.Tests.Sagas;

/// <summary>How the machine is built.</summary>
public sealed record TallyOptions
{
    /// <summary>Where its handlers of a count meet; by default they meet nobody.</summary>
    public Rendezvous Rendezvous { get; init; } = new(0);

    /// <summary>Whether <see cref="CountUp"/> inserts the instance before it is handled.</summary>
    public bool InsertFirst { get; init; }
}
