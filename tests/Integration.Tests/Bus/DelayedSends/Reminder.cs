namespace Gateway.Integration.Tests.Bus.DelayedSends;

public sealed record Reminder
{
    public required string Text { get; init; }
}
