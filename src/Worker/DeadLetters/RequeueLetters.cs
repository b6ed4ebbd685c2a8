using Gateway.Persistence.Bulk;
using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Persistence.Webhooks;
using Gateway.Worker.Bulk;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Register;

namespace Gateway.Worker.DeadLetters;

/// <summary>
/// Puts back the letters that operators asked for, in batches: claimed, published, confirmed, then marked. When a worker dies in between,
/// another one puts its batch back once more, which the register of deliveries notices.
/// </summary>
internal sealed class RequeueLetters(
    LetterPages letters,
    ILetterSender sender,
    IDeliveryRegister register,
    GatewayQueues queues,
    JobRecorder jobLog,
    TimeProvider time,
    ILogger<RequeueLetters> logger) : IBulkWork
{
    public BulkKind Kind => BulkKind.Requeue;

    public bool Sends => true;

    public async Task DoNextAsync(BulkJob job, CancellationToken cancellationToken)
    {
        var batch = await letters.TakeNextAsync(job, time.GetUtcNow().UtcDateTime, cancellationToken);

        // Read before they are published: a first attempt may begin at once, and comes after this.
        var now = time.GetUtcNow();
        var lost = new List<Guid>();
        var messages = new List<RequeuedMessage>(batch.Letters.Count);
        foreach (var taken in batch.Letters)
        {
            if (RequeuedMessage.From(taken, now) is { } message)
            {
                messages.Add(message);
            }
            else
            {
                lost.Add(taken.Letter.LetterId);
                Log.NothingToRequeue(logger, taken.Letter.LetterId, taken.Letter.JobId);
            }
        }

        // Else the outcome of the last attempt could pass for that of the first one. A success stays known: it is not sent twice.
        await Task.WhenAll(messages
            .Where(message => message.IsWebhook)
            .Select(message => DeliveryKey.From(message.Letter.JobId, message.Letter.MerchantId))
            .OfType<DeliveryKey>()
            .Select(delivery => register.ForgetAsync(delivery, evenDelivered: false)));
        var failures = await sender.SendAsync(messages, cancellationToken);
        var outcomes = messages.Zip(failures).ToArray();
        foreach (var (message, failure) in outcomes.Where(outcome => outcome.Second is ArgumentException))
        {
            lost.Add(message.Letter.LetterId);
            Log.CannotRequeue(logger, message.Letter.LetterId, failure!);
        }

        RequeuedMessage[] sent = [.. outcomes.Where(outcome => outcome.Second is null).Select(outcome => outcome.First)];
        foreach (var message in sent)
        {
            // It waits in the job log while the database is away; the letter is put back whatever becomes of it.
            _ = QueuedRun(message, now) is { } run ? jobLog.RecordAsync(run, CancellationToken.None) : Task.CompletedTask;
        }

        Guid[] requeued = [.. sent.Select(message => message.Letter.LetterId)];
        await letters.CompleteAsync(job, batch, requeued, [.. lost], time.GetUtcNow().UtcDateTime, CancellationToken.None);
        if (failures.FirstOrDefault(failure => failure is not (null or ArgumentException)) is { } failed)
        {
            throw failed;
        }
    }

    private JobRun? QueuedRun(RequeuedMessage message, DateTimeOffset now) =>
        message.Letter is { JobId: { } jobId, Reason: not DeliveryRules.ConflictReason } letter
        && queues.JobTypeOf(letter.Queue) is { } jobType
            ? JobRun.Queued(
                now,
                jobId,
                jobType,
                message.Destination,
                letter.MerchantId,
                letter.Event,
                message.Round,
                "requeued",
                // A job's ids of version 7 have no order within a millisecond, in which it may well be published and begun.
                Guid.CreateVersion7(now.AddMilliseconds(-1)))
            : null;
}
