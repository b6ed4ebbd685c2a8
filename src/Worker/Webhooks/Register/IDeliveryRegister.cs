using Gateway.Persistence.Webhooks;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Register;

/// <summary>
/// Knows which deliveries are being attempted and which attempts have an outcome, so that a webhook that is published
/// twice is delivered once, and an attempt that was made but not yet recorded is not made again. A register that cannot be
/// reached answers <see cref="Claim.Free"/>: a duplicate is better than a delay.
/// </summary>
public interface IDeliveryRegister
{
    /// <summary>Asks for the right to make an attempt.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="claimant">The attempt, and the message that asks for it.</param>
    /// <param name="mayBeRepeated">
    /// True when its attempt may have been made already: when the broker hands this one out again because its previous consumer went
    /// away, whose claim is then taken over, or when it was sent again for the same attempt. An outcome then stands for both.
    /// </param>
    Task<Claim> ClaimAsync(DeliveryKey delivery, Claimant claimant, bool mayBeRepeated);

    /// <summary>Whether the id is known to stand for something else. False when the register cannot be reached.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="content">What it says, as in <see cref="WebhookContent.HashOf"/>.</param>
    Task<bool> IsOtherAsync(DeliveryKey delivery, uint content);

    /// <summary>Remembers what came of an attempt, in place of its claim. Does not wait for the answer of a server.</summary>
    void Remember(DeliveryKey delivery, AttemptRecord record);

    /// <summary>
    /// Gives a claim back whose attempt was broken off without an outcome. A claim of somebody else stays. Does not wait for the answer of
    /// a server.
    /// </summary>
    void GiveUp(DeliveryKey delivery, Claimant claimant);

    /// <summary>Forgets the outcome of a delivery that is to be attempted from the start. Waits for the server.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="evenDelivered">
    /// False leaves a success, and the claim of an attempt that is being made, so that the merchant does not get the webhook twice.
    /// </param>
    /// <exception cref="StackExchange.Redis.RedisException">The server cannot be reached.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    Task ForgetAsync(DeliveryKey delivery, bool evenDelivered);
}
