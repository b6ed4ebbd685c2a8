using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts;
using MassTransit;

namespace Gateway.Worker.Jobs;

/// <summary>Names a job, the same for all its attempts.</summary>
public static class JobId
{
    /// <summary>The job of one tick: whoever publishes the tick, and however often, means the same job.</summary>
    public static Guid OfTick(JobType type, DateTimeOffset tick) =>
        Named($"{type.Name} {tick.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}");

    /// <summary>The id that a name always has: a UUID of version 8, made with SHA-256 (RFC 9562, section 5.8 and appendix B.2).</summary>
    public static Guid Named(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>
    /// The message's own id. A message without one, as plain JSON may be, is named by its tick; a report that was asked for without an
    /// id gets a new one, because who asks twice wants it written twice.
    /// </summary>
    public static Guid Of<TMessage>(JobType type, ConsumeContext<TMessage> context)
        where TMessage : class => context switch
        {
            { MessageId: { } id } => id,
            { Message: ExpirePayments expiry } => OfTick(type, expiry.RunAt),
            { Message: CheckWalletBalances check } => OfTick(type, check.RunAt),
            _ => Guid.CreateVersion7(),
        };
}
