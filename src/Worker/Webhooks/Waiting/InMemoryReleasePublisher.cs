using MassTransit;

namespace Gateway.Worker.Webhooks.Waiting;

/// <summary>Sends to the queues of the in-memory bus.</summary>
internal sealed class InMemoryReleasePublisher(IBus bus) : IReleasePublisher
{
    public bool OutlivesProcess => false;

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<IReadOnlyList<OutgoingWebhook>> SendAsync(
        IReadOnlyList<OutgoingWebhook> webhooks, CancellationToken cancellationToken)
    {
        foreach (var webhook in webhooks)
        {
            var queue = await bus.GetSendEndpoint(new Uri("queue:" + webhook.Queue));
            await queue.Send(
                webhook.Delivery,
                Pipe.Execute<SendContext>(send =>
                {
                    foreach (var (name, value) in webhook.Headers())
                    {
                        send.Headers.Set(name, value);
                    }
                }),
                cancellationToken);
        }

        return webhooks;
    }
}
