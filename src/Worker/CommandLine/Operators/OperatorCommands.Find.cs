using System.CommandLine;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The command that finds what a text names.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] HitColumns =
    [
        new("kind", "kind"), new("id", "id"), new("found by", "by"), new("name", "name"), new("state", "state"),
        new("merchant", "merchant_id"), new("more", "command"),
    ];

    private Command FindCommand()
    {
        var text = new Argument<string>("TEXT")
        {
            Description =
                "An id, a payment's reference, an order's id, a transaction's hash, or a part of a merchant's name, such as A-17",
        };
        return Command("find", "What a text names, and the command that tells more", async (api, printer, arguments, stop) =>
        {
            var answer = await api.GetAsync(ApiClient.PathOf("/api/search", ("q", arguments.GetValue(text))), stop);
            printer.Print(answer, Rows(answer?["hits"]), HitColumns);
            foreach (var sentence in Rows(answer?["not_searched"]))
            {
                await _error.WriteLineAsync($"Not searched: {sentence}");
            }
        }, text);
    }
}
