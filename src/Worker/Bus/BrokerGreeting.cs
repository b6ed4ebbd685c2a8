namespace Gateway.Worker.Bus;

/// <summary>
/// Asks whether the broker is there before a bus connects to it, every second while it is not. Each time that MassTransit itself cannot
/// connect it waits longer, up to half a minute, and never less again while the process runs.
/// </summary>
/// <param name="options">Where the broker is.</param>
/// <param name="watch">Hears when it is away.</param>
/// <param name="time">The clock.</param>
public sealed class BrokerGreeting(RabbitMqOptions options, BrokerWatch watch, TimeProvider time)
{
    // The steps have limits of their own, but the client's end of a connection has none, and all queues wait for this.
    private static readonly TimeSpan LongestGreeting = TimeSpan.FromSeconds(30);

    /// <summary>Returns when the broker has answered.</summary>
    /// <exception cref="OperationCanceledException">It is away: what makes MassTransit begin anew after a second.</exception>
    public async Task GreetAsync()
    {
        try
        {
            await ConnectAsync().WaitAsync(LongestGreeting, time);
        }
        catch (Exception away) when (BrokerFailure.IsCauseOf(away) || away is OperationCanceledException)
        {
            // Nobody ends it, so a wait that was cancelled is the client's own limit.
            watch.Lose(away);
            throw new OperationCanceledException("RabbitMQ is away", away);
        }
    }

    private async Task ConnectAsync()
    {
        await using var connection = new BrokerConnection(options, "greeting", time);
        await connection.ReadVersionAsync(CancellationToken.None);
    }
}
