using System.Globalization;
using System.Numerics;

namespace Gateway.Worker.Wallets;

/// <summary>Amounts in a token's smallest unit, turned into coins without rounding.</summary>
internal static class BaseUnits
{
    /// <summary>What <c>numeric(36,18)</c> holds behind the point.</summary>
    public const int MaximumDecimals = 18;

    private static readonly BigInteger LargestDecimal = new(decimal.MaxValue);

    /// <summary>Coins.</summary>
    /// <exception cref="UnreadableBalanceException">The amount is negative, or cannot be kept exactly.</exception>
    public static decimal ToCoins(BigInteger units, int decimals)
    {
        if (decimals is < 0 or > MaximumDecimals)
        {
            throw new UnreadableBalanceException($"a token with {decimals} decimals; 0 to {MaximumDecimals} can be kept");
        }

        if (units.Sign < 0)
        {
            throw new UnreadableBalanceException("a negative amount");
        }

        if (units > LargestDecimal)
        {
            throw new UnreadableBalanceException("an amount too large to be kept exactly");
        }

        var bits = decimal.GetBits((decimal)units);
        var coins = new decimal(bits[0], bits[1], bits[2], isNegative: false, (byte)decimals);
        return coins < 1_000_000_000_000_000_000m ? coins : throw new UnreadableBalanceException("an amount too large to be kept exactly");
    }

    /// <summary>A whole number in decimal digits.</summary>
    public static BigInteger ParseDigits(string? text) =>
        text is { Length: > 0 and <= 80 }
        && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var units)
            ? units
            : throw new UnreadableBalanceException("an amount that is not a whole number");

    /// <summary>
    /// A quantity of Ethereum's JSON-RPC, or a word of its ABI: <c>0x</c> and up to 64 hexadecimal digits, never negative.
    /// </summary>
    public static BigInteger ParseHex(string? text) =>
        text is { Length: > 2 and <= 66 } && text.StartsWith("0x", StringComparison.Ordinal)
        && BigInteger.TryParse($"0{text.AsSpan(2)}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var units)
            ? units
            : throw new UnreadableBalanceException("an amount that is not a hexadecimal number");
}
