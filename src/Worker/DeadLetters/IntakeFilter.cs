using Gateway.Persistence.Recording;
using Gateway.Worker.Bus;
using MassTransit;

namespace Gateway.Worker.DeadLetters;

/// <summary>
/// Takes what comes to an error or skipped queue into <c>dead_letters</c>. The message is acknowledged after the commit, and waits in its
/// queue while the database is away. Nothing of it is deserialised: this comes before all that could fail over what a message says.
/// </summary>
/// <param name="queue">The queue to whose messages this happened.</param>
/// <param name="wasSkipped">Whether they were skipped.</param>
/// <param name="jobLog">Writes the letter together with what else is to be written.</param>
/// <param name="time">The clock.</param>
internal sealed class IntakeFilter(QueueDescription queue, bool wasSkipped, JobRecorder jobLog, TimeProvider time) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var properties = LetterProperties.From(context);
        var letter = LetterReader.Read(queue, wasSkipped, context.Body.GetBytes(), properties, time.GetUtcNow());
        return jobLog.RecordAsync(
            new JobRecord { Letter = letter, Waiting = LetterReader.LeaveWaitingRoom(letter, properties) }, context.CancellationToken);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("deadLetterIntake");
}
