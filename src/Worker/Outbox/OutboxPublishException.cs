namespace Gateway.Worker.Outbox;

/// <summary>Some messages of a batch were not confirmed by the broker and stay in the outbox.</summary>
/// <param name="count">How many messages were not confirmed.</param>
/// <param name="innerException">Why the first of them was not.</param>
public sealed class OutboxPublishException(int count, Exception innerException)
    : Exception($"{count} messages were not confirmed by the broker and stay in the outbox: {innerException.Message}", innerException);
