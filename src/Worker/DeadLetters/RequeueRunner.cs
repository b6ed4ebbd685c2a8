using Gateway.Persistence;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Worker.Bus;
using Gateway.Worker.Webhooks;
using Gateway.Worker.Webhooks.Register;

namespace Gateway.Worker.DeadLetters;

/// <summary>
/// Puts back the letters that operators asked for, in batches: published, confirmed, then marked. When a worker dies in between, another
/// one puts its batch back once more, which the register of deliveries notices.
/// </summary>
internal sealed class RequeueRunner(
    DeadLetterStore letters,
    ILetterSender sender,
    IDeliveryRegister register,
    JobRecorder jobLog,
    BrokerAlarms alarms,
    TimeProvider time,
    ILogger<RequeueRunner> logger) : BackgroundService
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private bool _isWaiting;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                // In alarm the broker confirms nothing: what is sent would be given up, sent again, and all of it taken in the end.
                while (alarms.Now is null && await PutBackAsync(stoppingToken))
                {
                    if (_isWaiting)
                    {
                        _isWaiting = false;
                        Log.RequeueGoesOn(logger);
                    }
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // A server is away. What was not marked is there for the next step.
                if (!_isWaiting)
                {
                    _isWaiting = true;
                    Log.RequeueWaits(logger, exception);
                }
            }
        }
    }

    private async Task<bool> PutBackAsync(CancellationToken cancellationToken)
    {
        await using var batch = await letters.TakeRequeueingAsync(cancellationToken);
        if (batch.Letters.Count == 0)
        {
            return false;
        }

        // Read before they are published: a first attempt may begin at once, and comes after this.
        var now = time.GetUtcNow();
        var lost = new List<Guid>();
        var messages = new List<RequeuedMessage>(batch.Letters.Count);
        foreach (var taken in batch.Letters)
        {
            if (RequeuedMessage.Of(taken, now) is { } message)
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
            .Select(message => DeliveryKey.Of(message.Letter.JobId, message.Letter.MerchantId))
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
        await batch.CompleteAsync(requeued, [.. lost], time.GetUtcNow().UtcDateTime, CancellationToken.None);
        if (failures.FirstOrDefault(failure => failure is not (null or ArgumentException)) is { } failed)
        {
            throw failed;
        }

        return true;
    }

    private static JobRun? QueuedRun(RequeuedMessage message, DateTimeOffset now) =>
        message.Letter is { JobId: { } jobId, Reason: not DeliveryRules.ConflictReason } letter
        && LetterQueues.JobTypeOf(letter.Queue) is { } jobType
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
