using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Waiting;

/// <summary>What a step of a delivery does to its entry in the waiting room.</summary>
public abstract record WaitingStep
{
    private WaitingStep()
    {
    }

    /// <summary>Names the entry that is changed.</summary>
    public abstract DeliveryKey Key { get; }

    /// <summary>The release by which the message came; null for one that did not come out of the waiting room.</summary>
    public Guid? ReleaseId { get; init; }

    internal int Bytes => (this as Enter)?.Entry.Message.Length ?? (this as GoBack)?.Entry.Message.Length ?? 0;

    /// <summary>The merchant's tier, from 0, for <see cref="WaitingMerchant.Rank"/>.</summary>
    public short Rank { get; init; }

    /// <summary>
    /// It waits for its next attempt. An entry that is there already with a higher attempt, or with the same one, stays as it is.
    /// </summary>
    /// <param name="Entry">What waits.</param>
    public sealed record Enter(WaitingWebhook Entry) : WaitingStep
    {
        /// <inheritdoc/>
        public override DeliveryKey Key => Entry.Key;
    }

    /// <summary>
    /// It came out of the waiting room and goes back without an attempt. One whose lease has gone to another message changes nothing.
    /// </summary>
    /// <param name="Entry">What waits; of an entry that is there only the time, the reason, the faults and the redelivery change.</param>
    public sealed record GoBack(WaitingWebhook Entry) : WaitingStep
    {
        /// <inheritdoc/>
        public override DeliveryKey Key => Entry.Key;
    }

    /// <summary>It is done: nothing waits any more.</summary>
    /// <param name="Of">The entry.</param>
    public sealed record Leave(DeliveryKey Of) : WaitingStep
    {
        /// <inheritdoc/>
        public override DeliveryKey Key => Of;
    }

    /// <summary>
    /// The message was for an attempt that is recorded, and so is what follows from it. An entry that waits for this attempt all the same
    /// goes.
    /// </summary>
    /// <param name="Of">The entry.</param>
    /// <param name="Round">As in <see cref="WaitingWebhook.Round"/>.</param>
    /// <param name="Attempt">The number of the attempt, from 1.</param>
    public sealed record Past(DeliveryKey Of, short Round, int Attempt) : WaitingStep
    {
        /// <inheritdoc/>
        public override DeliveryKey Key => Of;
    }

    /// <summary>The message was for an attempt that others have made; its entry is theirs.</summary>
    /// <param name="Of">The entry.</param>
    public sealed record EndLease(DeliveryKey Of) : WaitingStep
    {
        /// <inheritdoc/>
        public override DeliveryKey Key => Of;
    }
}
