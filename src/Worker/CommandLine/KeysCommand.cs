using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Gateway.Worker.Ops.Access;

namespace Gateway.Worker.CommandLine;

/// <summary><c>keys new</c>: makes a key of the API. Nothing is kept: the worker knows a key by its hash in <c>OPS_API_KEYS</c>.</summary>
internal static class KeysCommand
{
    // 256 bits: not to be guessed, so that a plain hash of it may be shown.
    private const int KeyBytes = 32;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Whose key it is, such as alice: the trail of changes names it" };
        var role = new Argument<string>("ROLE") { Description = "viewer, who reads, or operator, who may change" }
            .AcceptOnlyFromAmong("viewer", "operator");
        var add = new Command("new", "Make a key of the API, and print it with its entry for OPS_API_KEYS") { name, role };
        add.SetAction((arguments, _) => RunAsync(arguments.GetValue(name)!, arguments.GetValue(role)!));
        return new Command("keys", "Keys of the API") { add };
    }

    private static async Task<int> RunAsync(string name, string role)
    {
        if (name.Length is 0 or > 64 || name.Any(c => c is ':' or ',' || char.IsWhiteSpace(c) || char.IsControl(c)))
        {
            await Console.Error.WriteLineAsync("NAME: 1 to 64 letters, none of them a colon, a comma or a space");
            return ExitCodes.WrongConfiguration;
        }

        var key = "gwk_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        var entry = new ApiKey(name, role == "operator", SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        Console.WriteLine($"OPS_API_KEY={key}");
        Console.WriteLine($"OPS_API_KEYS={entry.ToEntry()}");
        await Console.Error.WriteLineAsync(
            "The key is shown this once: OPS_API_KEY is for who asks, as 'Authorization: Bearer KEY' or in the environment of a command.\n"
            + "The worker gets OPS_API_KEYS; several entries are separated by commas.");
        return ExitCodes.Done;
    }
}
