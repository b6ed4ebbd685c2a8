using System.Security.Cryptography;
using System.Text;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard.OpenId;

/// <summary>A provider, and a worker at which one signs in by it or with a key.</summary>
public sealed class OpenIdGateway : IAsyncLifetime
{
    public const string Key = "the key of somebody who needs no provider";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-openid");

    public OpenIdProvider Provider { get; private set; } = null!;

    public WorkerProcess Worker { get; private set; } = null!;

    public Uri Site { get; private set; } = null!;

    /// <summary>The environment of <see cref="Worker"/>.</summary>
    public Dictionary<string, string> Settings { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Provider = await OpenIdProvider.StartAsync();
        Settings = SettingsOf(OpenIdProvider.SettingsFor(Provider.Issuer));
        // As it is mounted into containers, with the line break that editors leave.
        var secret = Path.Combine(_folder.FullName, "secret");
        await File.WriteAllTextAsync(secret, $"{OpenIdProvider.ClientSecret}\n", TestContext.Current.CancellationToken);
        Settings.Remove("OPS_OIDC_CLIENT_SECRET");
        Settings["OPS_OIDC_CLIENT_SECRET_FILE"] = secret;
        Worker = await WorkerProcess.StartAsync(Settings);
        Site = await Worker.Address;
    }

    /// <summary>The settings of a worker in embedded mode with a database of its own and one key.</summary>
    public Dictionary<string, string> SettingsOf(Dictionary<string, string> provider) => provider.With(new Dictionary<string, string>
    {
        ["GATEWAY_MODE"] = "embedded",
        ["DB_FILE"] = Path.Combine(_folder.FullName, $"{Guid.CreateVersion7()}.db"),
        ["OPS_URL"] = "http://127.0.0.1:0",
        ["OPS_API_KEYS"] = $"key:operator:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))}",
        ["LOG_FORMAT"] = "text",
        // All that the library could say is asked for, so that a secret in it would be found.
        ["Logging__LogLevel__Microsoft.AspNetCore.Authentication"] = "Trace",
    });

    public async ValueTask DisposeAsync()
    {
        if (Worker is not null)
        {
            await Worker.DisposeAsync();
        }

        if (Provider is not null)
        {
            await Provider.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}
