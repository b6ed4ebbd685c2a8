using System.CommandLine;
using Gateway.Worker.Configuration;
using Gateway.Worker.Ops;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>Where the commands find the worker.</summary>
internal static class WorkerAddress
{
    /// <summary>The option of the commands that ask a worker; what is no address is a wrong usage.</summary>
    public static Option<Uri?> Option() => new("--url")
    {
        Description = "The worker's API, such as http://10.0.0.7:8090; default: OPS_URL, else http://127.0.0.1:8090",
        Recursive = true,
        CustomParser = given =>
        {
            var text = given.Tokens[0].Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") && url.PathAndQuery == "/")
            {
                return url;
            }

            given.AddError($"--url: '{text}' is not an address such as http://127.0.0.1:8090, without a path");
            return null;
        },
    };

    /// <summary>Where a worker with the same <c>OPS_URL</c> can be reached from its own machine.</summary>
    /// <exception cref="InvalidSettingsException">It is no address.</exception>
    public static Uri FromEnvironment()
    {
        // Of the worker's variables only this one: a secret that has gone from its file since the start concerns no command.
        var settings = new Settings(new ConfigurationBuilder()
            .AddInMemoryCollection([new("OPS_URL", Environment.GetEnvironmentVariable("OPS_URL"))])
            .Build());
        var url = OpsOptions.ReadUrl(settings);
        settings.ThrowIfInvalid();

        // All addresses of the machine, for who listens; none, for who calls.
        return url.Host switch
        {
            "0.0.0.0" => new UriBuilder(url) { Host = "127.0.0.1" }.Uri,
            "[::]" => new UriBuilder(url) { Host = "[::1]" }.Uri,
            _ => url,
        };
    }
}
