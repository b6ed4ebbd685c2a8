using System.Data.Common;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using RabbitMQ.Client.Exceptions;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>Says to a visitor in words why something did not work. What is our own mistake goes to the log in full.</summary>
internal sealed class FailureWords(ILogger<FailureWords> logger)
{
    public string Of(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case DbException or DbUpdateException:
                    return Texts.DatabaseAway;
                case RabbitMQClientException:
                    return Texts.BrokerAway;
                case TimeoutException or SocketException or OperationCanceledException:
                    return Texts.ServerSlow;
            }
        }

        Log.PageFailed(logger, exception);
        return Texts.OwnFailure;
    }
}
