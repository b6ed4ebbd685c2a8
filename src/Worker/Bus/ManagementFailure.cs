using System.Text.Json;

namespace Gateway.Worker.Bus;

/// <summary>Tells a management API of RabbitMQ that is away, slow or answers something else from a fault of our own.</summary>
internal static class ManagementFailure
{
    /// <summary>Whether the API caused it: no answer, none in time, one that breaks off, or one that is not what was asked for.</summary>
    /// <param name="exception">What happened while it was asked, or while its answer was read.</param>
    /// <param name="cancellationToken">Ends the caller's wait; a wait that ends without it is the client's time limit.</param>
    public static bool IsCauseOf(Exception exception, CancellationToken cancellationToken) =>
        // The last two: a character set that nobody knows, and two queues of one name.
        exception is HttpRequestException or IOException or JsonException or NotSupportedException
            or InvalidOperationException or ArgumentException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
