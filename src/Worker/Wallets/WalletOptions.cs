using System.Text.RegularExpressions;
using Gateway.Worker.Configuration;

namespace Gateway.Worker.Wallets;

/// <summary>Which wallets are watched, and between which values they should stay.</summary>
public sealed partial record WalletOptions
{
    internal const string Solana = "solana";
    internal const string Bsc = "bsc";

    private const string Mainnet = "mainnet";

    /// <summary>The wallets; a chain without an address has none.</summary>
    public required IReadOnlyList<Wallet> Wallets { get; init; }

    /// <summary>USD; below it operators are told (<c>WALLET_MIN_USD</c>).</summary>
    public int MinimumUsd { get; init; } = 1_000;

    /// <summary>USD; above it operators are told (<c>WALLET_MAX_USD</c>).</summary>
    public int MaximumUsd { get; init; } = 10_000;

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static WalletOptions Read(Settings settings)
    {
        var minimum = settings.Number("WALLET_MIN_USD", 1_000, 0, 1_000_000_000);
        var maximum = settings.Number("WALLET_MAX_USD", 10_000, 1, 1_000_000_000);
        if (maximum <= minimum)
        {
            settings.Reject("WALLET_MAX_USD", $"{maximum}", $"more than WALLET_MIN_USD, which is {minimum}");
        }

        Wallet?[] wallets = [ReadSolana(settings), ReadBsc(settings)];
        return new WalletOptions { Wallets = [.. wallets.OfType<Wallet>()], MinimumUsd = minimum, MaximumUsd = maximum };
    }

    private static Wallet? ReadSolana(Settings settings)
    {
        var network = settings.Choice("SOLANA_NETWORK", "devnet", "devnet", "testnet", Mainnet);
        if (!settings.IsSet("SOLANA_WALLET_ADDRESS"))
        {
            return null;
        }

        const string accepted = "a Solana address in base58";
        return new Wallet
        {
            Chain = Solana,
            Network = network,
            Address = Address(settings, "SOLANA_WALLET_ADDRESS", SolanaAddress(), accepted),
            Usdt = Token(settings, "SOLANA_USDT_MINT", SolanaAddress(), accepted,
                network == Mainnet ? new Token("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB", 6) : null),
            Usdc = Token(settings, "SOLANA_USDC_MINT", SolanaAddress(), accepted,
                network == Mainnet ? new Token("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", 6)
                : network == "devnet" ? new Token("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", 6) : null),
            RpcUrls = RpcUrls(settings, "SOLANA_RPC_URL"),
        };
    }

    private static Wallet? ReadBsc(Settings settings)
    {
        var network = settings.Choice("BSC_NETWORK", "testnet", "testnet", Mainnet);
        if (!settings.IsSet("BSC_WALLET_ADDRESS"))
        {
            return null;
        }

        const string accepted = "0x and 40 hexadecimal digits";
        return new Wallet
        {
            Chain = Bsc,
            Network = network,
            Address = Address(settings, "BSC_WALLET_ADDRESS", EthereumAddress(), accepted),
            Usdt = Token(settings, "BSC_USDT_CONTRACT", EthereumAddress(), accepted,
                network == Mainnet ? new Token("0x55d398326f99059fF775485246999027B3197955", 18) : null),
            Usdc = Token(settings, "BSC_USDC_CONTRACT", EthereumAddress(), accepted,
                network == Mainnet ? new Token("0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", 18) : null),
            RpcUrls = RpcUrls(settings, "BSC_RPC_URL"),
        };
    }

    private static string Address(Settings settings, string key, Regex form, string accepted)
    {
        var address = settings.Text(key, "");
        if (!form.IsMatch(address))
        {
            settings.Reject(key, address, accepted);
        }

        return address;
    }

    private static Token Token(Settings settings, string key, Regex form, string accepted, Token? known) =>
        settings.IsSet(key) || known is null ? new Token(Address(settings, key, form, accepted)) : known;

    private static List<Uri> RpcUrls(Settings settings, string key)
    {
        List<Uri> urls = [];
        foreach (var text in settings.Text(key, "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps))
            {
                urls.Add(url);
            }
            else
            {
                settings.RejectSecret(key, $"entry {urls.Count + 1} is not an http or https URL");
            }
        }

        if (!settings.IsSet(key))
        {
            settings.RejectSecret(key, "is needed to read the wallet: one or several http or https URLs, comma-separated");
        }

        return urls;
    }

    [GeneratedRegex("^[1-9A-HJ-NP-Za-km-z]{32,44}\\z")]
    private static partial Regex SolanaAddress();

    [GeneratedRegex("^0x[0-9a-fA-F]{40}\\z")]
    private static partial Regex EthereumAddress();
}
