using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard.OpenId;

/// <summary>
/// Other people's provider of OpenID Connect (npm <c>oidc-provider</c>), run by <c>provider.js</c> beside this file; test.sh installs it.
/// </summary>
public sealed partial class OpenIdProvider : IAsyncDisposable
{
    public const string ClientId = "gateway";
    public const string ClientSecret = "the-secret-of-the-gateway";

    /// <summary>It takes pushed requests, and tells roles where one asks for them with the access token.</summary>
    public const string Usual = "usual";

    /// <summary>It takes none, and tells roles in the ID token.</summary>
    public const string Plain = "plain";

    private readonly Process _process;

    private OpenIdProvider(Process process, Uri issuer) => (_process, Issuer) = (process, issuer);

    public Uri Issuer { get; }

    /// <summary>What it is called on the page where one signs in.</summary>
    public string Link => $"Sign in at {Issuer.Authority}";

    /// <summary>The settings of a worker where people sign in at a provider.</summary>
    public static Dictionary<string, string> SettingsFor(Uri issuer, string secret = ClientSecret) => new()
    {
        ["OPS_OIDC_AUTHORITY"] = issuer.ToString(),
        ["OPS_OIDC_CLIENT_ID"] = ClientId,
        ["OPS_OIDC_CLIENT_SECRET"] = secret,
    };

    public static async Task<OpenIdProvider> StartAsync(string kind = Usual, int port = 0)
    {
        var folder = Repository.PathOf("tests/Integration.Tests/Dashboard/OpenId");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var install = await Command.RunAsync(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], CancellationToken.None, folder);
            Assert.True(install.ExitCode == 0, install.Errors);
        }

        var process = Process.Start(new ProcessStartInfo("node", ["provider.js", port.ToString(CultureInfo.InvariantCulture), kind])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        })!;
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (Listening.Match(line) is { Success: true } match)
            {
                return new OpenIdProvider(process, new Uri(match.Groups[1].Value));
            }
        }

        throw new InvalidOperationException("provider.js ended before it listened.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    [GeneratedRegex(@"Listening on (\S+)")]
    private static partial Regex Listening { get; }
}
