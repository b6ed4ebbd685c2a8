using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>Moves a message that failed to the error queue of its queue.</summary>
internal sealed class ErrorQueueFilter(MessageMover mover) : IFilter<ExceptionReceiveContext>
{
    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var errors = QueueNames.ErrorsOf(QueueNames.JobQueueOf(context.InputAddress));
        await mover.MoveAsync(context, errors, headers => headers.CopyFrom(context.ExceptionHeaders));
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("errorQueue");
}
