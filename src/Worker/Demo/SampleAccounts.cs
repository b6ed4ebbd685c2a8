using System.Buffers.Binary;
using System.Text.Json.Nodes;
using SimpleBase;

namespace Gateway.Worker.Demo;

/// <summary>
/// Accounts of Solana as its JSON-RPC servers tell them, with their data in base64 (https://solana.com/docs/rpc/json-structures#accounts).
/// </summary>
internal static class SampleAccounts
{
    /// <summary>The program of most tokens.</summary>
    public const string TokenProgram = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

    private const int TokenLength = 165;
    private const int MintLength = 82;
    private const int ClockLength = 40;

    /// <summary>An account that holds SOL and nothing else.</summary>
    public static JsonObject Wallet(long lamports) => Account("11111111111111111111111111111111", lamports, []);

    /// <summary>The account that tells a slot's time.</summary>
    public static JsonObject Clock(long slot, DateTimeOffset time)
    {
        var data = new byte[ClockLength];
        BinaryPrimitives.WriteInt64LittleEndian(data, slot);
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(32), time.ToUnixTimeSeconds());
        return Account("Sysvar1111111111111111111111111111111111111", 1_169_280, data);
    }

    /// <summary>A token's mint.</summary>
    /// <param name="decimals">How many places an amount has.</param>
    /// <param name="program">The token's program.</param>
    public static JsonObject Mint(byte decimals, string program = TokenProgram)
    {
        var data = new byte[MintLength];
        (data[44], data[45]) = (decimals, 1);
        return Account(program, 1_461_600, data);
    }

    /// <summary>What somebody holds of a token.</summary>
    /// <param name="mint">The token.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="units">In the token's smallest unit.</param>
    /// <param name="state">1, or 2 when it is frozen.</param>
    /// <param name="program">The token's program.</param>
    public static JsonObject Token(string mint, string owner, ulong units, byte state = 1, string program = TokenProgram)
    {
        var data = new byte[TokenLength];
        Base58.Bitcoin.Decode(mint).CopyTo(data, 0);
        Base58.Bitcoin.Decode(owner).CopyTo(data, 32);
        BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(64), units);
        data[108] = state;
        return Account(program, 2_039_280, data);
    }

    /// <summary>The account with that part of its data that <c>dataSlice</c> asks for.</summary>
    public static JsonObject Slice(JsonObject account, JsonNode? options)
    {
        var slice = options!["dataSlice"]!;
        var data = Convert.FromBase64String((string)account["data"]![0]!);
        var part = data.Skip((int)slice["offset"]!).Take((int)slice["length"]!).ToArray();
        var copy = (JsonObject)account.DeepClone();
        copy["data"] = new JsonArray(Convert.ToBase64String(part), "base64");
        return copy;
    }

    private static JsonObject Account(string owner, long lamports, byte[] data) => new()
    {
        ["data"] = new JsonArray(Convert.ToBase64String(data), "base64"),
        ["executable"] = false,
        ["lamports"] = lamports,
        ["owner"] = owner,
        ["rentEpoch"] = ulong.MaxValue,
        ["space"] = data.Length,
    };
}
