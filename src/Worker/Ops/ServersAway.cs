using System.Data.Common;
using System.Net.Sockets;
using Microsoft.AspNetCore.Diagnostics;
using RabbitMQ.Client.Exceptions;
using StackExchange.Redis;

namespace Gateway.Worker.Ops;

/// <summary>
/// Answers 503 with the reason to a request that needs a server which is away. The ready probe and the log tell of it already.
/// </summary>
internal sealed class ServersAway(IProblemDetailsService problems) : IExceptionHandler
{
    /// <inheritdoc/>
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (ServerOf(exception) is not { } server)
        {
            return ValueTask.FromResult(false);
        }

        httpContext.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails =
            {
                Status = StatusCodes.Status503ServiceUnavailable,
                Title = "A server is away",
                Detail = $"{server} does not answer, or not as it should. Try again when /healthz/ready answers 200.",
            },
        });
    }

    /// <summary>The server that is away; null when it is something else.</summary>
    // A database that answers and refuses is a fault of ours, unless it says that it cannot for now.
    internal static string? ServerOf(Exception? exception) => exception switch
    {
        null => null,
        DbException { IsTransient: true } or DbException { InnerException: IOException or SocketException or TimeoutException } =>
            "The database",
        RedisException or RedisCommandException => "Redis",
        RabbitMQClientException => "RabbitMQ",
        _ => ServerOf(exception.InnerException),
    };
}
