using Gateway.Persistence;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Gateway.Worker.Servers;

namespace Gateway.Worker.CommandLine;

/// <summary><c>migrate</c>: creates the tables that are missing, and says what the gateway must add.</summary>
internal static class MigrateCommand
{
    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var builder = Host.CreateApplicationBuilder();
        GatewayOptions? options = null;
        // The answer is one line; the statements are in the migrations.
        builder.Logging.ClearProviders();
        try
        {
            options = GatewayOptions.Read(builder.Configuration);
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddDatabase(options.Mode, options.Database);
            using var host = builder.Build();
            var schema = host.Services.GetRequiredService<GatewaySchema>();
            var missing = await schema.FindMissingAsync(stop);
            await schema.MigrateAsync(stop, TellWait);
            // What is still missing nobody has created, whatever was done.
            var remaining = await schema.FindMissingAsync(stop);
            var created = missing.Except(remaining).ToArray();
            Console.WriteLine(
                missing.Count == 0 ? "Nothing was missing."
                : created.Length == 0 ? "Nothing was created."
                : $"Created: {string.Join(", ", created.AsEnumerable())}");
            if (remaining.Count == 0)
            {
                return ExitCodes.Done;
            }

            await TellMissingAsync(
                "The gateway's own migrations must add, and the worker cannot run without:",
                remaining.Where(part => part.IsGateways));
            await TellMissingAsync(
                "Still missing, though all migrations have run; somebody has changed the worker's own tables:",
                remaining.Where(part => !part.IsGateways));
            return ExitCodes.Failed;
        }
        catch (InvalidSettingsException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.WrongConfiguration;
        }
        catch (PreviewDatabaseException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Failed;
        }
        // What cannot be printed is no fault of the database.
        catch (Exception exception) when (exception is not IOException && DatabaseFailure.IsCauseOf(exception))
        {
            await Console.Error.WriteLineAsync(
                $"The database cannot be migrated: {options?.Database.Describe(exception) ?? exception.Message}");
            return ExitCodes.Failed;
        }
    }

    private static async Task TellMissingAsync(string what, IEnumerable<MissingPart> parts)
    {
        if (parts.Any())
        {
            await Console.Error.WriteLineAsync(string.Join('\n', parts.Select(part => $"  {part}").Prepend(what)));
        }
    }

    private static void TellWait(MigrationWait wait) => Console.Error.WriteLine(
        $"Waiting for another migration of this database, {wait.Waited.TotalSeconds:0} s of at most {wait.Longest.TotalSeconds:0} s: "
        + (wait.Holders.Count > 0 ? string.Join("; ", wait.Holders) : "it has just ended"));
}
