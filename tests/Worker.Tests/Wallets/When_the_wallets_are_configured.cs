using Gateway.Worker.Configuration;
using Gateway.Worker.Wallets;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Wallets;

public class When_the_wallets_are_configured
{
    // RFC 8032, section 7.1, test 1: the seed, and the public key that is the address.
    private const string Seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    private const string PublicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    private static readonly string Address = SimpleBase.Base58.Bitcoin.Encode(Convert.FromHexString(PublicKey));

    private static readonly (string, string)[] Solana =
        [("SOLANA_NETWORK", "mainnet"), ("SOLANA_WALLET_ADDRESS", Address), ("SOLANA_RPC_URL", "https://rpc.example/key, https://other.example/key")];

    public static TheoryData<string> Keys => new(
        SimpleBase.Base58.Bitcoin.Encode(Convert.FromHexString(Seed + PublicKey)),
        SimpleBase.Base58.Bitcoin.Encode(Convert.FromHexString(Seed)),
        $"[{string.Join(", ", Convert.FromHexString(Seed + PublicKey))}]");

    [Theory]
    [MemberData(nameof(Keys))]
    public void Should_recognise_the_key_of_the_wallet_in_every_form(string key)
    {
        var options = Read([.. Solana, ("SOLANA_WALLET_PRIVATE_KEY", key)]);

        Assert.True(options.HasNeedlessKey);
        Assert.Equal(2, Assert.Single(options.Wallets).RpcUrls.Count);
        Assert.DoesNotContain(key, options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Should_not_start_with_the_key_of_another_wallet_and_not_show_it(string key)
    {
        (string, string)[] values = [.. Solana.Where(v => v.Item1 != "SOLANA_WALLET_ADDRESS"), ("SOLANA_WALLET_ADDRESS", "7cVfgArCheMR6Cs4t6vz5rfnqd56vZq4ndaBrY5xkxXy"), ("SOLANA_WALLET_PRIVATE_KEY", key)];

        var error = Assert.Throws<InvalidSettingsException>(() => Read(values));

        Assert.Contains("SOLANA_WALLET_PRIVATE_KEY: is not the key of SOLANA_WALLET_ADDRESS", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no key")]
    [InlineData("[1, 2, 256]")]
    [InlineData("[]")]
    [InlineData("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy")]
    public void Should_not_start_with_what_is_no_key_and_not_show_it(string key)
    {
        var error = Assert.Throws<InvalidSettingsException>(() => Read([.. Solana, ("SOLANA_WALLET_PRIVATE_KEY", key)]));

        Assert.Contains("SOLANA_WALLET_PRIVATE_KEY: is not an Ed25519 key", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_not_start_with_a_key_whose_halves_do_not_belong_together()
    {
        var key = SimpleBase.Base58.Bitcoin.Encode(Convert.FromHexString(Seed + Seed));

        var error = Assert.Throws<InvalidSettingsException>(() => Read([.. Solana, ("SOLANA_WALLET_PRIVATE_KEY", key)]));

        Assert.Contains("SOLANA_WALLET_PRIVATE_KEY: is not an Ed25519 key", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SOLANA_WALLET_ADDRESS", "0OIl", "SOLANA_WALLET_ADDRESS: '0OIl' is not a Solana address: 32 bytes in base58")]
    [InlineData("SOLANA_WALLET_ADDRESS", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "is not a Solana address: 32 bytes in base58")]
    [InlineData("SOLANA_NETWORK", "moon", "SOLANA_NETWORK: 'moon' is not devnet, testnet, mainnet")]
    [InlineData("SOLANA_RPC_URL", "ftp://rpc.example", "SOLANA_RPC_URL: entry 1 is not an http or https URL")]
    [InlineData("SOLANA_RPC_URL", "", "SOLANA_RPC_URL: is needed to read the wallet")]
    [InlineData("BSC_WALLET_ADDRESS", "0x12", "BSC_WALLET_ADDRESS: '0x12' is not 0x and 40 hexadecimal digits")]
    [InlineData("WALLET_MAX_USD", "1000", "WALLET_MAX_USD: '1000' is not more than WALLET_MIN_USD, which is 1000")]
    public void Should_name_the_wrong_variable(string key, string value, string complaint)
    {
        var error = Assert.Throws<InvalidSettingsException>(() => Read([.. Solana.Where(v => v.Item1 != key), (key, value)]));

        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    // The addresses that EIP-55 gives as examples, and one of them in small and in capital letters.
    [Theory]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [InlineData("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [InlineData("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [InlineData("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    [InlineData("0x52908400098527886E0F7030069857D2E4169EE7")]
    [InlineData("0xde709f2102306220921060314715629080e2fb77")]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")]
    [InlineData("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED")]
    public void Should_take_an_address_with_the_right_checksum_or_with_none(string address) =>
        Assert.Equal(address, Assert.Single(Read([.. Bsc(address)]).Wallets).Address);

    [Theory]
    [InlineData("BSC_WALLET_ADDRESS")]
    [InlineData("BSC_USDT_CONTRACT")]
    [InlineData("BSC_USDC_CONTRACT")]
    public void Should_not_start_with_a_wrong_checksum_and_tell_the_right_one(string key)
    {
        (string, string)[] values = [.. Bsc("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").Where(v => v.Key != key), (key, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAEd")];

        var error = Assert.Throws<InvalidSettingsException>(() => Read(values));

        Assert.Contains($"{key}: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAEd' is not an address with the right checksum", error.Message, StringComparison.Ordinal);
        Assert.Contains("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", error.Message, StringComparison.Ordinal);
    }

    private static (string Key, string Value)[] Bsc(string address) =>
        [("BSC_NETWORK", "mainnet"), ("BSC_WALLET_ADDRESS", address), ("BSC_RPC_URL", "https://rpc.example")];

    private static WalletOptions Read((string Key, string Value)[] values)
    {
        var settings = new Settings(new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(v => v.Key, v => (string?)v.Value)).Build());
        var options = WalletOptions.Read(settings);
        settings.ThrowIfInvalid();
        return options;
    }
}
