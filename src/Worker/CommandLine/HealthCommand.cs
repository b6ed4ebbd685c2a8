using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Worker.CommandLine.Operators;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.CommandLine;

/// <summary>
/// <c>health</c>: asks the worker on this machine whether it is ready. For a container, whose image has no shell and no curl.
/// </summary>
internal static class HealthCommand
{
    // Longer than the 5 s after which the probe itself gives the database up, so that its answer says what is wrong.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public static Command Create()
    {
        var url = WorkerAddress.Option();
        var command = new Command("health", "Ask the worker at OPS_URL whether it is ready: exit code 0, or 1 with the reason") { url };
        command.SetAction((arguments, stop) => RunAsync(arguments.GetValue(url), stop));
        return command;
    }

    private static async Task<int> RunAsync(Uri? given, CancellationToken stop)
    {
        Uri url;
        try
        {
            url = given ?? WorkerAddress.FromEnvironment();
        }
        catch (InvalidSettingsException exception)
        {
            await Console.Error.WriteLineAsync(string.Join("; ", exception.Errors));
            return ExitCodes.Failed;
        }

        if (await FindComplaintAsync(new Uri(url, "/healthz/ready"), stop) is { } complaint)
        {
            await Console.Error.WriteLineAsync(complaint);
            return ExitCodes.Failed;
        }

        Console.WriteLine("ready");
        return ExitCodes.Done;
    }

    /// <returns>Null when the worker is ready, else one line that says why it is not.</returns>
    private static async Task<string?> FindComplaintAsync(Uri probe, CancellationToken stop)
    {
        // A proxy that the environment names is for the world outside.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(probe, stop);
            return answer.StatusCode == HttpStatusCode.OK
                ? null
                : Describe(answer.StatusCode, await answer.Content.ReadAsStringAsync(stop));
        }
        catch (HttpRequestException exception)
        {
            return $"{probe} does not answer: {exception.Message}";
        }
        catch (TaskCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"{probe} does not answer within {Patience.TotalSeconds} s";
        }
    }

    private static string Describe(HttpStatusCode status, string body)
    {
        try
        {
            if (JsonNode.Parse(body)?["checks"] is JsonObject checks)
            {
                return "not ready: " + string.Join("; ", checks
                    .Where(check => (string?)check.Value?["status"] != "healthy")
                    .Select(check => $"{check.Key}: {(string?)check.Value?["description"] ?? (string?)check.Value?["status"]}"));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Somebody else answers at this address.
        }

        return $"not ready: the answer was {(int)status}";
    }
}
