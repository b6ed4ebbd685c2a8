using Gateway.Worker.Ops;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>Says to a visitor in words why something did not work. What is our own mistake goes to the log in full.</summary>
internal sealed class FailureWords(ILogger<FailureWords> logger)
{
    public string Of(Exception exception)
    {
        if (ServersAway.ServerOf(exception) is { } server)
        {
            return Say.With(Texts.ServerAway, server);
        }

        if (exception is TimeoutException or OperationCanceledException)
        {
            return Texts.ServerSlow;
        }

        Log.PageFailed(logger, exception);
        return Texts.OwnFailure;
    }
}
