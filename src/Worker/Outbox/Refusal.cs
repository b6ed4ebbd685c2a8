using MassTransit;

namespace Gateway.Worker.Outbox;

/// <summary>Why the broker does not take a message.</summary>
internal static class Refusal
{
    /// <summary>No queue takes a message that must arrive.</summary>
    public const string Returned = "No queue takes it: the broker returned it.";

    /// <summary>Whether no queue took the message.</summary>
    public static bool IsReturn(Exception failure) =>
        failure is MessageReturnedException || (failure.InnerException is { } inner && IsReturn(inner));
}
