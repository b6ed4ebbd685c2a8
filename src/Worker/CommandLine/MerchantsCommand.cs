using System.CommandLine;
using System.Security.Cryptography;
using Gateway.Persistence;
using Gateway.Persistence.GatewayTables;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Gateway.Worker.Servers;
using Gateway.Worker.Webhooks.Endpoints;
using Gateway.Worker.Webhooks.Sending;

namespace Gateway.Worker.CommandLine;

/// <summary><c>merchants</c>: merchants to develop with. Those of production are the gateway's, and it alone adds them.</summary>
internal static class MerchantsCommand
{
    // Standard Webhooks 1.0.0 wants 24 to 64 bytes.
    private const int SecretBytes = 32;
    private const int LongestName = 255;

    public static Command Create()
    {
        var name = new Option<string>("--name") { Description = "Its name, such as 'My shop'", Required = true };
        var url = new Option<string>("--url")
        {
            Description = "Where its webhooks go, such as http://127.0.0.1:9000/hooks",
            Required = true,
        };
        var development = new Option<bool>("--development")
        {
            Description = "In full mode: the database is for development, and no gateway works on it",
        };
        var add = new Command("add", "Add a merchant, and print its id and its secret") { name, url, development };
        add.SetAction((arguments, stop) =>
            AddAsync(arguments.GetValue(name)!, arguments.GetValue(url)!, arguments.GetValue(development), stop));

        var list = new Command("list", "The latest merchants, without their secrets");
        list.SetAction((_, stop) => RunAsync(ListAsync, stop));
        return new Command("merchants", "Merchants to develop with; in production the gateway adds them") { add, list };
    }

    private static Task<int> AddAsync(string name, string urlText, bool isDevelopment, CancellationToken stop) => RunAsync(
        async (options, services, cancellationToken) =>
        {
            if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName)
            {
                return await FailAsync(ExitCodes.WrongConfiguration, $"--name: 1 to {LongestName} characters");
            }

            if (EndpointUrl.Parse(urlText) is not { } url)
            {
                return await FailAsync(
                    ExitCodes.WrongConfiguration,
                    "--url: not an https or http address without credentials, such as http://127.0.0.1:9000/hooks");
            }

            if (options.Mode == GatewayMode.Full && !isDevelopment)
            {
                return await FailAsync(
                    ExitCodes.WrongConfiguration,
                    "In full mode the gateway adds merchants. "
                    + $"Where {options.Database.Server} is for development and no gateway works on it, say --development.");
            }

            if (options.Mode == GatewayMode.Embedded)
            {
                await services.GetRequiredService<GatewaySchema>().MigrateAsync(cancellationToken);
            }

            var now = TimeProvider.System.GetUtcNow();
            var id = Guid.CreateVersion7(now);
            var secret = "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));
            await services.GetRequiredService<DevelopmentMerchants>().AddAsync(
                id, name, url, secret, now.UtcDateTime, () => Print(id, secret), cancellationToken);
            await Console.Error.WriteLineAsync($"Added to {Place(options)}. The secret is shown this once.");
            var guard = new EndpointGuard(
                options.Webhooks.Sending, (_, _) => Task.FromResult<System.Net.IPAddress[]>([]), TimeProvider.System);
            if (guard.Check(url) is { } refusal)
            {
                await Console.Error.WriteLineAsync($"With these settings a worker refuses it: {refusal} {EndpointGuard.RemedyFor(url)}");
            }

            return ExitCodes.Done;
        },
        stop);

    private static void Print(Guid id, string secret)
    {
        try
        {
            Console.WriteLine($"MERCHANT_ID={id}");
            Console.WriteLine($"WEBHOOK_SECRET={secret}");
        }
        catch (IOException exception)
        {
            throw new IOException($"{exception.Message}; no merchant was added", exception);
        }
    }

    private static async Task<int> ListAsync(GatewayOptions options, IServiceProvider services, CancellationToken stop)
    {
        if (options.Mode == GatewayMode.Embedded)
        {
            await services.GetRequiredService<GatewaySchema>().MigrateAsync(stop);
        }

        Console.WriteLine("merchant\tname\tstatus\turl");
        foreach (var (id, name, status, url) in await services.GetRequiredService<DevelopmentMerchants>().ListAsync(stop))
        {
            // What follows a question mark may be a secret.
            Console.WriteLine($"{id}\t{name}\t{status}\t{url?.Split('?')[0]}");
        }

        return ExitCodes.Done;
    }

    private static async Task<int> RunAsync(
        Func<GatewayOptions, IServiceProvider, CancellationToken, Task<int>> act, CancellationToken stop)
    {
        var builder = Host.CreateApplicationBuilder();
        // What is printed is the answer.
        builder.Logging.ClearProviders();
        GatewayOptions? options = null;
        try
        {
            options = GatewayOptions.Read(builder.Configuration);
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddDatabase(options.Mode, options.Database);
            using var host = builder.Build();
            return await act(options, host.Services, stop);
        }
        catch (InvalidSettingsException exception)
        {
            return await FailAsync(ExitCodes.WrongConfiguration, exception.Message);
        }
        catch (PreviewDatabaseException exception)
        {
            return await FailAsync(ExitCodes.Failed, exception.Message);
        }
        catch (InvalidOperationException exception) when (exception.InnerException is null)
        {
            return await FailAsync(ExitCodes.Failed, $"Not added: {exception.Message}");
        }
        // What cannot be printed is no fault of the database.
        catch (Exception exception) when (exception is not IOException && DatabaseFailure.MayBeCauseOf(exception))
        {
            var cause = exception.GetBaseException();
            return await FailAsync(ExitCodes.Failed, $"{Place(options!)} cannot be used: {options!.Database.Describe(cause)}");
        }
    }

    private static string Place(GatewayOptions options) =>
        options.Mode == GatewayMode.Full ? options.Database.Server : options.Database.File;

    private static async Task<int> FailAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
