using MassTransit;

namespace Gateway.Worker.Tests.Webhooks.Saga;

/// <summary>Completes when a message has gone through its endpoint, outbox included.</summary>
internal sealed class Receipt : IReceiveObserver, IDisposable
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectHandle _handle;

    public Receipt(IBus bus, Guid messageId)
    {
        MessageId = messageId;
        _handle = bus.ConnectReceiveObserver(this);
    }

    public Guid MessageId { get; }

    public Task Task => _done.Task;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context)
    {
        if (context.GetMessageId() == MessageId)
        {
            _done.TrySetResult();
        }

        return Task.CompletedTask;
    }

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;

    public Task ReceiveFault(ReceiveContext context, Exception exception)
    {
        _done.TrySetException(exception);
        return Task.CompletedTask;
    }

    public void Dispose() => _handle.Dispose();
}
