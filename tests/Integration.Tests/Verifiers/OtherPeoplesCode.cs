using System.Text.Json;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Xunit;

namespace Gateway.Integration.Tests.Verifiers;

/// <summary>Runs <c>verify.js</c>, beside this file, on captured webhooks. Installs what it needs once, at the versions of the lock file.</summary>
public sealed class OtherPeoplesCode : IAsyncLifetime
{
    private readonly string _folder = Repository.PathOf("tests/Integration.Tests/Verifiers");

    public async ValueTask InitializeAsync()
    {
        if (!Directory.Exists(Path.Combine(_folder, "node_modules")))
        {
            var install = await Run("npm", ["ci", "--ignore-scripts"], input: "", CancellationToken.None);
            Assert.True(install.ExitCode == 0, install.Errors);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Verifies what arrived, by the secret, by the public key, or by both.</summary>
    public async Task<Verdict> Verify(CapturedWebhook webhook, string? secret, string? publicKey, CancellationToken cancellationToken)
    {
        var input = JsonSerializer.Serialize(
            new { headers = webhook.Headers, body = Convert.ToBase64String(webhook.Body), secret, publicKey });

        var (exitCode, output, errors) = await Run("node", ["verify.js"], input, cancellationToken);

        Assert.True(output.Length > 0, $"verify.js said nothing: {errors}");
        return new Verdict(exitCode == 0, output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private Task<CommandResult> Run(string command, string[] arguments, string input, CancellationToken cancellationToken) =>
        Command.RunAsync([command, .. arguments], cancellationToken, _folder, input: input);
}
