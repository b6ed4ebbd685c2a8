using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.Wallets;

/// <summary>
/// A real EVM node (anvil), which passes for one of BNB Smart Chain's testnet, with the contract of <c>contracts/Token.sol</c>; test.sh
/// installs both.
/// </summary>
public sealed partial class EvmNode : IAsyncLifetime
{
    private readonly string _folder = Repository.PathOf("tests/Integration.Tests/Wallets/contracts");
    private readonly HttpClient _http = new();
    private Process _process = null!;
    private string _account = "";
    private string _bytecode = "";

    public Uri Url { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (!Directory.Exists(Path.Combine(_folder, "node_modules")))
        {
            await RunAsync("npm", "ci", "--no-audit", "--no-fund");
        }

        _bytecode = (await RunAsync("node", "compile.js")).Trim();
        _process = Process.Start(new ProcessStartInfo(Path.Combine(_folder, "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"), ["--port", "0", "--chain-id", "97"])
        {
            RedirectStandardOutput = true,
        })!;
        while (await _process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            if (Listening.Match(line) is { Success: true } match)
            {
                Url = new Uri($"http://{match.Groups[1].Value}");
                break;
            }
        }

        Assert.NotNull(Url);
        _account = (await CallAsync("eth_accounts"))[0].GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _http.Dispose();
    }

    /// <summary>Deploys a token of which one wallet holds all.</summary>
    /// <returns>The contract's address.</returns>
    public async Task<string> DeployAsync(int decimals, string owner, UInt128 units)
    {
        var arguments = Word($"{decimals:x}") + Word(owner[2..]) + Word(units.ToString("x", CultureInfo.InvariantCulture));
        var hash = (await CallAsync("eth_sendTransaction", new JsonObject { ["from"] = _account, ["data"] = $"0x{_bytecode}{arguments}" })).GetString();
        var receipt = await Eventually.Read(
            () => CallAsync("eth_getTransactionReceipt", hash), receipt => receipt.ValueKind == JsonValueKind.Object, "the contract is deployed");
        Assert.Equal("0x1", receipt.GetProperty("status").GetString());
        return receipt.GetProperty("contractAddress").GetString()!;
    }

    /// <summary>Gives a wallet so many wei.</summary>
    public Task SetBalanceAsync(string wallet, UInt128 wei) => CallAsync("anvil_setBalance", wallet, "0x" + wei.ToString("x", CultureInfo.InvariantCulture));

    /// <summary>Answers from now on as a node of that chain.</summary>
    public Task SetChainAsync(int chainId) => CallAsync("anvil_setChainId", chainId);

    /// <summary>Makes so many blocks.</summary>
    public Task MineAsync(int blocks) => CallAsync("anvil_mine", "0x" + blocks.ToString("x", CultureInfo.InvariantCulture));

    /// <summary>Remembers the chain as it is.</summary>
    public async Task<string> KeepAsync() => (await CallAsync("evm_snapshot")).GetString()!;

    /// <summary>Goes back to it.</summary>
    public Task RollBackAsync(string kept) => CallAsync("evm_revert", kept);

    private async Task<JsonElement> CallAsync(string method, params JsonNode?[] parameters)
    {
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = new JsonArray(parameters) };
        using var answer = await _http.PostAsJsonAsync(Url, request, Cancellation);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.False(body.TryGetProperty("error", out var error), error.ToString());
        return body.GetProperty("result");
    }

    // One word of the contract's arguments (https://docs.soliditylang.org/en/latest/abi-spec.html).
    private static string Word(string hex) => hex.PadLeft(64, '0');

    private async Task<string> RunAsync(string command, params string[] arguments)
    {
        var run = await Command.RunAsync([command, .. arguments], Cancellation, _folder);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run.Output;
    }

    [GeneratedRegex(@"Listening on (\S+)")]
    private static partial Regex Listening { get; }
}
