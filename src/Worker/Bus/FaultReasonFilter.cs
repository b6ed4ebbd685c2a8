using Gateway.Worker.Telemetry;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// Writes why a message goes to an error queue into its headers: the word for it into <c>MT-Reason</c>, where MassTransit always says
/// <c>fault</c>, and the whole text into <c>MT-Fault-Message</c>. MassTransit shows the innermost exception alone, which for JSON says what
/// is wrong with a value and not which field has it.
/// </summary>
internal sealed class FaultReasonFilter : IFilter<ExceptionReceiveContext>
{
    /// <summary>The word for a message that is not what its queue takes.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>The header that names the job of a message that does not.</summary>
    public const string JobIdHeader = "Gateway-Job-Id";

    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var reason = string.Join(": ", context.Exception.WithCauses().Select(e => e.Message.TrimEnd('.')).Distinct());
        var hasReachedConsumer = context.TryGetPayload<ConsumerFaultContext>(out _);
        var known = context.Exception.WithCauses().OfType<ITellsReason>().FirstOrDefault();
        if ((hasReachedConsumer ? known?.Reason : Unreadable) is { } word)
        {
            context.ExceptionHeaders.Set(MessageHeaders.Reason, word);
        }

        if (known?.JobId is { } jobId)
        {
            context.ExceptionHeaders.Set(JobIdHeader, jobId.ToString());
        }

        context.ExceptionHeaders.Set(MessageHeaders.FaultMessage, hasReachedConsumer ? reason : $"The message cannot be read: {reason}");
        if (!context.IsFaulted)
        {
            // Else it would be taken for one that no consumer takes, and go to the skipped queue too.
            await context.NotifyFaulted(context.Exception);
        }

        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("faultReason");
}
