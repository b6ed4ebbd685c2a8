using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;

namespace Gateway.Worker.Wallets;

/// <summary>
/// Reads accounts of Solana as their programs keep them: token accounts and mints (https://github.com/solana-program/token, state.rs;
/// Token-2022 begins its own in the same way) and the clock (https://docs.anza.xyz/runtime/sysvars#clock). Numbers are little-endian.
/// </summary>
internal static class SolanaAccount
{
    /// <summary>The account in which a slot keeps its time.</summary>
    public const string Clock = "SysvarC1ock11111111111111111111111111111111";

    /// <summary>Bytes of a token account up to its state: mint, owner, amount, delegate, state.</summary>
    public const int TokenLength = StateOffset + 1;

    /// <summary>Where a token account has its amount.</summary>
    public const int AmountOffset = 64;

    private const int KeyLength = 32;
    private const int StateOffset = 108;
    private const int DecimalsOffset = 44;
    private const int UnixTimeOffset = 32;
    private const byte Initialized = 1;
    private const byte Frozen = 2;

    private static readonly string[] TokenPrograms =
        ["TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"];

    /// <summary>Lamports; an account that does not exist holds none.</summary>
    public static BigInteger LamportsOf(JsonElement account) =>
        account.ValueKind == JsonValueKind.Null ? 0 : BaseUnits.ParseDigits(account.GetProperty("lamports").GetRawText());

    /// <summary>The slot's time in seconds since 1970.</summary>
    public static long UnixTimeOf(JsonElement clock) => BinaryPrimitives.ReadInt64LittleEndian(DataOf(clock).AsSpan(UnixTimeOffset));

    /// <summary>The amount, of a slice that holds nothing else.</summary>
    public static ulong AmountOf(JsonElement account) => BinaryPrimitives.ReadUInt64LittleEndian(DataOf(account));

    /// <summary>A mint's decimals.</summary>
    /// <exception cref="UnreadableBalanceException">It is no mint, or has others than the token.</exception>
    public static int DecimalsOf(JsonElement mint, Token token)
    {
        if (mint.ValueKind == JsonValueKind.Null || !IsOfTokenProgram(mint))
        {
            throw new UnreadableBalanceException($"no token at {token.Address}");
        }

        var decimals = DataOf(mint)[DecimalsOffset];
        return token.Decimals is not { } known || known == decimals
            ? decimals
            : throw new UnreadableBalanceException($"a token with {decimals} decimals instead of {known}");
    }

    /// <summary>What a token account holds, in the token's smallest unit, and whether its issuer has frozen it.</summary>
    /// <exception cref="UnreadableBalanceException">It is none of the wallet's accounts of that token.</exception>
    public static (BigInteger Units, bool IsFrozen) UnitsOf(JsonElement account, Token token, Wallet wallet)
    {
        if (account.ValueKind == JsonValueKind.Null)
        {
            throw new UnreadableBalanceException("a token account that was there is gone");
        }

        var data = DataOf(account);
        if (!IsOfTokenProgram(account)
            || !data.AsSpan(0, KeyLength).SequenceEqual(SolanaKeys.Decode(token.Address))
            || !data.AsSpan(KeyLength, KeyLength).SequenceEqual(SolanaKeys.Decode(wallet.Address)))
        {
            throw new UnreadableBalanceException("an account of another mint or owner");
        }

        return data[StateOffset] is Initialized or Frozen
            ? (BinaryPrimitives.ReadUInt64LittleEndian(data.AsSpan(AmountOffset)), data[StateOffset] == Frozen)
            : throw new UnreadableBalanceException("a token account in no known state");
    }

    private static bool IsOfTokenProgram(JsonElement account) =>
        TokenPrograms.Contains(account.GetProperty("owner").GetString(), StringComparer.Ordinal);

    private static byte[] DataOf(JsonElement account) => account.GetProperty("data")[0].GetBytesFromBase64();
}
