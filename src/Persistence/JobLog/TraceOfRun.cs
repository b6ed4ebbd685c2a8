using System.Diagnostics;

namespace Gateway.Persistence.JobLog;

/// <summary>The trace in which an attempt is made, as <see cref="JobRun.TraceId"/> keeps it.</summary>
public static class TraceOfRun
{
    /// <summary>The trace of the current span; null where nothing is traced.</summary>
    public static Guid? Current
    {
        get
        {
            if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C } span)
            {
                return null;
            }

            Span<byte> bytes = stackalloc byte[16];
            span.TraceId.CopyTo(bytes);
            return new Guid(bytes, bigEndian: true);
        }
    }

    /// <summary>Its 32 hexadecimal digits, as trace viewers know it.</summary>
    public static string? TextOf(Guid? trace) => trace?.ToString("N");
}
