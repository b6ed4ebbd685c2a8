using System.CommandLine;
using System.Globalization;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>The commands that show the outbox and what operators changed.</summary>
internal sealed partial class OperatorCommands
{
    private static readonly Column[] OutboxColumns =
        [new("waiting", "waiting"), new("oldest s", "oldest_age_seconds"), new("refused", "refused"), new("unreadable", "unreadable")];

    private static readonly Column[] StuckColumns =
    [
        new("id", "message_id"), new("type", "message_type"), new("since", "created_at"), new("refused", "refusals"),
        new("reason", "reason"),
    ];

    private static readonly Column[] ActionColumns =
    [
        new("at", "at"), new("operator", "operator"), new("action", "action"), new("target", "target"), new("status", "status_code"),
        new("outcome", "outcome"), new("from", "address"),
    ];

    private Command OutboxCommand()
    {
        var outbox = Command("outbox", "How many messages wait to be published, and for how long", async (api, printer, _, stop) =>
        {
            var answer = await api.GetAsync("/api/outbox", stop);
            printer.Print(answer, [answer], OutboxColumns);
        });
        outbox.Subcommands.Add(Command(
            "stuck",
            "The oldest messages that the broker refuses or that cannot be read, with the reason",
            async (api, printer, _, stop) =>
            {
                var answer = await api.GetAsync("/api/outbox", stop);
                printer.Print(answer, Rows(answer?["stuck"]), StuckColumns);
            }));
        return outbox;
    }

    private Command ActionsCommand()
    {
        var limit = new Option<int?>("--limit") { Description = "The most changes, up to 500, such as 20; default: 100" };
        return Command("actions", "What operators changed, the latest first", async (api, printer, arguments, stop) =>
        {
            var path = ApiClient.PathOf(
                "/api/operator-actions",
                ("limit", arguments.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)));
            var answer = await api.GetAsync(path, stop);
            printer.Print(answer, Rows(answer), ActionColumns);
        }, limit);
    }
}
