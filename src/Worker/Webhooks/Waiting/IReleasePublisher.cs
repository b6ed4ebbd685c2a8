namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>Sends what leaves the waiting room: to RabbitMQ, or to the in-memory bus of embedded mode.</summary>
public interface IReleasePublisher
{
    /// <summary>Whether what was sent is still on the road when the process has ended.</summary>
    bool OutlivesProcess { get; }

    /// <summary>Makes sure that something can be sent, before anything is leased.</summary>
    /// <exception cref="Exception">The broker is away.</exception>
    Task ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Sends messages.</summary>
    /// <returns>Those that the broker has confirmed. Of the others nobody knows.</returns>
    Task<IReadOnlyList<OutgoingWebhook>> SendAsync(IReadOnlyList<OutgoingWebhook> webhooks, CancellationToken cancellationToken);
}
