using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Waiting;

/// <summary>
/// The way out of the waiting room: what is due is leased, sent, and stays until its attempt is recorded. Several workers may take at once;
/// no entry is taken by two of them.
/// </summary>
public interface IWaitingRoom
{
    /// <summary>Leases what is due, of each merchant as much as it has room on the road; the merchants of the highest tier first.</summary>
    /// <param name="limits">How much.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <exception cref="System.Data.Common.DbException">The database cannot be asked.</exception>
    Task<IReadOnlyList<ReleasedWebhook>> TakeAsync(ReleaseLimits limits, CancellationToken cancellationToken);

    /// <summary>Leases again what has been on the road for so long that it is taken for lost.</summary>
    /// <param name="limits">Which attempts, and for how long until the broker has them.</param>
    /// <param name="limit">The most entries.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    Task<IReadOnlyList<ReleasedWebhook>> TakeLostAsync(ReleaseLimits limits, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// The entries themselves, messages included. Left out is what was cancelled meanwhile, and what is no longer leased by its release for
    /// its attempt: another message of it was attempted, or another worker has taken it for lost.
    /// </summary>
    Task<IReadOnlyList<WaitingWebhook>> ReadAsync(IReadOnlyCollection<ReleasedWebhook> released, CancellationToken cancellationToken);

    /// <summary>The broker has the messages: their leases last for <paramref name="lease"/> from now on.</summary>
    Task SentAsync(Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>The messages were not sent, or nobody knows: the leases have run out, as if they were lost.</summary>
    Task NotSentAsync(Guid releaseId, IReadOnlyCollection<DeliveryKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// An entry cannot be sent by this version of the worker: it is passed over until an operator cancels it or the next version reads it.
    /// </summary>
    /// <param name="key">The entry.</param>
    /// <param name="reason">Why, at most 1,024 characters.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    Task SetAsideAsync(DeliveryKey key, string reason, CancellationToken cancellationToken);

    /// <summary>Lets leases last longer whose queue is paused, so that nothing in it is taken for lost.</summary>
    /// <param name="limits">Which attempts are not released, because their queue is paused.</param>
    /// <param name="lease">How long they last from now on.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    Task ProlongAsync(ReleaseLimits limits, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Ends all leases: of a worker that starts without a broker, whose messages went with the last process.</summary>
    Task EndLeasesAsync(CancellationToken cancellationToken);
}
