using Gateway.Worker.Configuration;

namespace Gateway.Worker.Wallets;

/// <summary>Which wallets are watched, and between which values they should stay.</summary>
public sealed record WalletOptions
{
    internal const string Solana = "solana";
    internal const string Bsc = "bsc";

    private const string Mainnet = "mainnet";
    private const string PrivateKey = "SOLANA_WALLET_PRIVATE_KEY";

    /// <summary>
    /// True when <c>SOLANA_WALLET_PRIVATE_KEY</c> is set, which nothing here needs. It is compared with the address and not kept.
    /// </summary>
    public bool HasNeedlessKey { get; init; }

    /// <summary>How long one try of one RPC server may take (<c>WALLET_RPC_TIMEOUT</c>).</summary>
    public TimeSpan RpcTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The wallets; a chain without an address has none.</summary>
    public required IReadOnlyList<Wallet> Wallets { get; init; }

    /// <summary>USD; below it operators are told (<c>WALLET_MIN_USD</c>).</summary>
    public int MinimumUsd { get; init; } = 1_000;

    /// <summary>USD; above it operators are told (<c>WALLET_MAX_USD</c>).</summary>
    public int MaximumUsd { get; init; } = 10_000;

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static WalletOptions Read(Settings settings)
    {
        var defaults = new WalletOptions { Wallets = [] };
        var minimum = settings.Number("WALLET_MIN_USD", defaults.MinimumUsd, 0, 1_000_000_000);
        var maximum = settings.Number("WALLET_MAX_USD", defaults.MaximumUsd, 1, 1_000_000_000);
        if (maximum <= minimum)
        {
            settings.Reject("WALLET_MAX_USD", $"{maximum}", $"more than WALLET_MIN_USD, which is {minimum}");
        }

        Wallet?[] wallets = [ReadSolana(settings), ReadBsc(settings)];
        return new WalletOptions
        {
            Wallets = [.. wallets.OfType<Wallet>()],
            HasNeedlessKey = settings.IsSet(PrivateKey),
            RpcTimeout = settings.Duration(
                "WALLET_RPC_TIMEOUT", defaults.RpcTimeout, TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5)),
            MinimumUsd = minimum,
            MaximumUsd = maximum,
        };
    }

    private static Wallet? ReadSolana(Settings settings)
    {
        var network = settings.Choice("SOLANA_NETWORK", "devnet", "devnet", "testnet", Mainnet);
        if (!settings.IsSet("SOLANA_WALLET_ADDRESS"))
        {
            return null;
        }

        CheckPrivateKey(settings);
        return new Wallet
        {
            Chain = Solana,
            Network = network,
            NativeCurrency = "SOL",
            Address = SolanaAddress(settings, "SOLANA_WALLET_ADDRESS"),
            Usdt = Token(settings, "SOLANA_USDT_MINT", SolanaAddress,
                network == Mainnet ? new Token("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB", 6) : null),
            Usdc = Token(settings, "SOLANA_USDC_MINT", SolanaAddress,
                network == Mainnet ? new Token("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", 6)
                : network == "devnet" ? new Token("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", 6) : null),
            RpcUrls = RpcUrls(settings, "SOLANA_RPC_URL"),
        };
    }

    // A worker that is given another wallet's key was configured by mistake, and had better not start.
    private static void CheckPrivateKey(Settings settings)
    {
        if (settings.OptionalText(PrivateKey) is not { } key)
        {
            return;
        }

        if (SolanaKeys.AddressOf(key) is not { } address)
        {
            settings.RejectSecret(
                PrivateKey,
                "is not an Ed25519 key of 64 or 32 bytes in base58 or as a JSON array; the worker does not need it");
        }
        else if (address != settings.OptionalText("SOLANA_WALLET_ADDRESS"))
        {
            settings.RejectSecret(PrivateKey, "is not the key of SOLANA_WALLET_ADDRESS; the worker does not need it");
        }
    }

    private static Wallet? ReadBsc(Settings settings)
    {
        var network = settings.Choice("BSC_NETWORK", "testnet", "testnet", Mainnet);
        if (!settings.IsSet("BSC_WALLET_ADDRESS"))
        {
            return null;
        }

        return new Wallet
        {
            Chain = Bsc,
            Network = network,
            NativeCurrency = "BNB",
            Address = BscAddress(settings, "BSC_WALLET_ADDRESS"),
            Usdt = Token(settings, "BSC_USDT_CONTRACT", BscAddress,
                network == Mainnet ? new Token("0x55d398326f99059fF775485246999027B3197955", 18) : null),
            Usdc = Token(settings, "BSC_USDC_CONTRACT", BscAddress,
                network == Mainnet ? new Token("0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", 18) : null),
            RpcUrls = RpcUrls(settings, "BSC_RPC_URL"),
        };
    }

    private static string SolanaAddress(Settings settings, string key)
    {
        var address = settings.Text(key, "");
        if (!SolanaKeys.IsAddress(address))
        {
            settings.Reject(key, address, "a Solana address: 32 bytes in base58");
        }

        return address;
    }

    private static string BscAddress(Settings settings, string key)
    {
        var address = settings.Text(key, "");
        if (!EthereumAddress.IsAddress(address))
        {
            settings.Reject(key, address, "0x and 40 hexadecimal digits");
        }
        else if (!EthereumAddress.IsSpeltRight(address))
        {
            settings.Reject(
                key,
                address,
                $"an address with the right checksum (EIP-55). Compare it with {EthereumAddress.WithChecksum(address)}; "
                + "all small or all capital letters have none");
        }

        return address;
    }

    private static Token Token(Settings settings, string key, Func<Settings, string, string> address, Token? known) =>
        settings.IsSet(key) || known is null ? new Token(address(settings, key)) : known;

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
}
