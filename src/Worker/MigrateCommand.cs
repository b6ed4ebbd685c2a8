using Gateway.Persistence;
using Gateway.Worker.Configuration;

namespace Gateway.Worker;

/// <summary><c>migrate</c>: creates the tables that are missing.</summary>
internal static class MigrateCommand
{
    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.Sources.Insert(0, GatewayHost.QuietFrameworks);
        try
        {
            var options = GatewayOptions.Read(builder.Configuration);
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddDatabase(options);
            using var host = builder.Build();
            var schema = host.Services.GetRequiredService<GatewaySchema>();
            var missing = await schema.FindMissingAsync(stop);
            await schema.MigrateAsync(stop);
            Console.WriteLine(missing.Count == 0 ? "Nothing was missing." : $"Created: {string.Join(", ", missing)}");
            return ExitCodes.Done;
        }
        catch (InvalidSettingsException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.WrongConfiguration;
        }
        catch (System.Data.Common.DbException exception)
        {
            await Console.Error.WriteLineAsync($"The database cannot be migrated: {exception.Message}");
            return ExitCodes.Failed;
        }
    }
}
