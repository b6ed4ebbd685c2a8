using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// Writes the whole reason into the header <c>MT-Fault-Message</c> of a message that goes to an error queue. MassTransit shows the
/// innermost exception alone, which for JSON says what is wrong with a value and not which field has it.
/// </summary>
internal sealed class FaultReasonFilter : IFilter<ExceptionReceiveContext>
{
    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var reason = string.Join(": ", Chain(context.Exception).Select(e => e.Message.TrimEnd('.')).Distinct());
        var hasReachedConsumer = context.TryGetPayload<ConsumerFaultContext>(out _);
        context.ExceptionHeaders.Set(MessageHeaders.FaultMessage, hasReachedConsumer ? reason : $"The message cannot be read: {reason}");
        return next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("faultReason");

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
