using Xunit;

namespace Gateway.Testing.Workers;

/// <summary>The worker's verbs that end by themselves, as operators and scripts run them: a process, with environment variables.</summary>
public static class WorkerCommand
{
    /// <summary>The worker: the one that <c>TEST_WORKER</c> names, else the one that was built with the tests.</summary>
    public static string Assembly { get; } = Environment.GetEnvironmentVariable("TEST_WORKER") is { Length: > 0 } published
        ? published
        : Path.Combine(AppContext.BaseDirectory, "Gateway.Worker.dll");

    /// <summary>Runs a verb to its end.</summary>
    public static Task<CommandResult> RunAsync(string verb, params (string Variable, string Value)[] variables) => RunAsync([verb], variables);

    /// <summary>Runs a command of several words to its end.</summary>
    public static Task<CommandResult> RunAsync(string[] words, params (string Variable, string Value)[] variables) =>
        RunAsync(Assembly, words, variables.Select(v => KeyValuePair.Create(v.Variable, v.Value)), TestContext.Current.CancellationToken);

    /// <summary>Brings a database up to date.</summary>
    /// <param name="environment">The worker's variables.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="assembly">Another build of the worker; null for the one that was built with the tests.</param>
    /// <exception cref="Xunit.Sdk.XunitException">The migration has failed.</exception>
    public static async Task MigrateAsync(
        IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken, string? assembly = null)
    {
        var migrated = await RunAsync(assembly ?? Assembly, ["migrate"], environment, cancellationToken);
        Assert.True(migrated.ExitCode == 0, $"`migrate` ended with exit code {migrated.ExitCode}: {migrated.Output}{migrated.Errors}");
    }

    private static Task<CommandResult> RunAsync(
        string assembly, string[] words, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken) =>
        Command.RunAsync(["dotnet", assembly, .. words], cancellationToken, environment: environment.InPlaceOfInherited());
}
