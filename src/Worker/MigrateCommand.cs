using Gateway.Persistence;
using Gateway.Worker.Configuration;

namespace Gateway.Worker;

/// <summary><c>migrate</c>: creates the tables that are missing.</summary>
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
            builder.Services.AddDatabase(options);
            using var host = builder.Build();
            var schema = host.Services.GetRequiredService<GatewaySchema>();
            var missing = await schema.FindMissingAsync(stop);
            await schema.MigrateAsync(stop, TellWait);
            Console.WriteLine(missing.Count == 0 ? "Nothing was missing." : $"Created: {string.Join(", ", missing)}");
            return ExitCodes.Done;
        }
        catch (InvalidSettingsException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.WrongConfiguration;
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or TimeoutException)
        {
            await Console.Error.WriteLineAsync(
                $"The database cannot be migrated: {options?.Database.Describe(exception) ?? exception.Message}");
            return ExitCodes.Failed;
        }
    }

    private static void TellWait(MigrationWait wait) => Console.Error.WriteLine(
        $"Waiting for another migration of this database, {wait.Waited.TotalSeconds:0} s of at most {wait.Longest.TotalSeconds:0} s: "
        + (wait.Holders.Count > 0 ? string.Join("; ", wait.Holders) : "it has just ended"));
}
