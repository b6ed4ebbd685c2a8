namespace Gateway.Worker.Telemetry;

/// <summary>Walks from an exception to what caused it.</summary>
internal static class ExceptionChain
{
    /// <summary>The exception, then its cause, the cause of that and so on; empty for null.</summary>
    public static IEnumerable<Exception> WithCauses(this Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
