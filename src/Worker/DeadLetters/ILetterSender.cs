namespace Gateway.Worker.DeadLetters;

/// <summary>Sends letters to their queues: over RabbitMQ, or in memory.</summary>
internal interface ILetterSender
{
    /// <summary>Sends all of them and waits until the broker has them.</summary>
    /// <returns>
    /// What happened to each, in their order: null when the broker has it, <see cref="ArgumentException"/> when it can never be sent, any
    /// other exception when it may be sent later.
    /// </returns>
    Task<IReadOnlyList<Exception?>> SendAsync(IReadOnlyList<RequeuedMessage> messages, CancellationToken cancellationToken);
}
