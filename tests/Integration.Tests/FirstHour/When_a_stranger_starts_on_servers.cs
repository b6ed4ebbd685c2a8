using System.Text.RegularExpressions;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Ops.Access;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

public sealed partial class When_a_stranger_starts_on_servers(TestServers servers)
{
    private static readonly string[] AddShop = ["merchants", "add", "--name", "My shop", "--url", "https://merchant.example/hooks"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // What a slip of the hand must not do to a gateway's database.
    [Fact]
    public async Task Should_not_add_a_merchant_there_unasked()
    {
        await using var database = await servers.CreateMigratedDatabaseAsync(Cancellation);

        var refused = await WorkerCommand.RunAsync(AddShop, SettingsFor(database));

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(
            $"/{database.Name} is for development and no gateway works on it, say --development", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("0", await database.ExecuteAsync("select count(*)::text from merchants"));
    }

    [Fact]
    public async Task Should_add_one_to_a_database_that_is_for_development()
    {
        await using var database = await servers.CreateMigratedDatabaseAsync(Cancellation);

        var added = await WorkerCommand.RunAsync([.. AddShop, "--development"], SettingsFor(database));

        Assert.True(added.ExitCode == 0, added.Errors);
        Assert.Equal("My shop active", await database.ExecuteAsync("select business_name || ' ' || status from merchants"));
    }

    [Theory]
    [InlineData("create table ledger_entries (id bigint)", "table ledger_entries")]
    [InlineData("alter table merchants add column risk_score integer", "column merchants.risk_score")]
    public async Task Should_never_add_one_where_a_gateway_works(string gateways, string named)
    {
        await using var database = await servers.CreateMigratedDatabaseAsync(Cancellation);
        await database.ExecuteAsync(gateways);

        var refused = await WorkerCommand.RunAsync([.. AddShop, "--development"], SettingsFor(database));

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(named, refused.Errors, StringComparison.Ordinal);
        Assert.Equal("0", await database.ExecuteAsync("select count(*)::text from merchants"));
    }

    [Fact]
    public async Task Should_be_told_how_to_create_a_database_that_is_not_there()
    {
        await using var database = await servers.CreateMigratedDatabaseAsync(Cancellation);
        var settings = WorkerEnvironment.For(database);
        settings["DB_NAME"] = "not_there_yet";

        var refused = await WorkerCommand.RunAsync("migrate", [.. settings.Select(setting => (setting.Key, setting.Value))]);

        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(
            $"there is no database 'not_there_yet' at {settings["DB_HOST"]}:{settings["DB_PORT"]}. Create it: createdb --host ",
            refused.Errors,
            StringComparison.Ordinal);
        Assert.Contains(" not_there_yet", refused.Errors.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_be_warned_that_without_a_key_only_the_probes_answer()
    {
        await using var gateway = await Deployment.CreateAsync(servers);

        var worker = gateway.LaunchWorker(("OPS_API_KEYS", ""));

        await worker.WaitUntilLoggedAsync(
            "OPS_API_KEYS is empty, so only the probes answer. 'Gateway.Worker keys new NAME operator' makes a key and its entry");
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("operator")]
    public async Task Should_get_a_key_with_its_entry(string role)
    {
        var made = await WorkerCommand.RunAsync(["keys", "new", "alice", role]);

        var lines = Assert.IsType<Match>(KeyAndEntry.Match(made.Output));
        var entry = Assert.NotNull(ApiKey.Parse(lines.Groups["entry"].Value));
        Assert.Equal(("alice", role == "operator"), (entry.Name, entry.MayChange));
        Assert.True(entry.Matches(lines.Groups["key"].Value));
    }

    [Theory]
    [InlineData("keys", "new", "a:b", "viewer")]
    [InlineData("keys", "new", "a,b", "viewer")]
    public async Task Should_be_told_which_names_a_key_may_have(params string[] command)
    {
        var refused = await WorkerCommand.RunAsync(command);

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith("NAME: ", refused.Errors, StringComparison.Ordinal);
    }

    private static (string, string)[] SettingsFor(PostgresDatabase database) =>
        [.. WorkerEnvironment.For(database).Select(setting => (setting.Key, setting.Value))];

    [GeneratedRegex(@"^OPS_API_KEY=(?<key>gwk_\S{43})\nOPS_API_KEYS=(?<entry>\S+)\n$")]
    private static partial Regex KeyAndEntry { get; }
}
