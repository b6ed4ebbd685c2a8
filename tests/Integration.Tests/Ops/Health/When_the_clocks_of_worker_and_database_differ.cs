using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Ops.Health;

/// <summary>
/// Payments expire by the database's clock, so nothing else would tell that a worker signs webhooks with a time that merchants refuse.
/// Here it is the database's clock that is wrong, which is the same to a worker. (docs/faults.md: A10)
/// </summary>
public sealed partial class When_the_clocks_of_worker_and_database_differ(TestServers servers)
{
    private const double TwoHours = 7200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_tell_it_in_the_log_in_what_ready_answers_and_as_a_figure()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        // PostgreSQL's own functions are found last where its schema is named last.
        await gateway.ExecuteAsync(
            $"""
            create schema test;
            create function test.clock_timestamp() returns timestamptz language sql as 'select pg_catalog.clock_timestamp() - interval ''2 h''';
            alter database "{gateway.Database.Name}" set search_path = public, test, pg_catalog
            """);
        var worker = await gateway.StartWorkerAsync();

        await worker.WaitUntilLoggedAsync("s ahead of the database's: times in logs and signatures are wrong by that much");

        var clock = await Eventually.Read(
            async () => JsonNode.Parse(await worker.ReadAsync("ready"))!["checks"]!["clock"]!, clock => (string?)clock["status"] == "degraded", "Ready knows");
        // Another worker would fare no better.
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("ready"));
        AssertTwoHours(Difference.Match((string)clock["description"]!).Groups[1].Value);
        using var api = await gateway.OpenApiAsync(worker);
        AssertTwoHours(Gauge.Match(await api.GetStringAsync("/metrics", Cancellation)).Groups[1].Value);
    }

    // As long as the question is under way, nobody can tell.
    private static void AssertTwoHours(string seconds) =>
        Assert.InRange(double.Parse(seconds, CultureInfo.InvariantCulture), TwoHours - 30, TwoHours + 30);

    [GeneratedRegex(@"^this machine's clock is ([\d.]+) s ahead of the database's$")]
    private static partial Regex Difference { get; }

    [GeneratedRegex(@"^gateway_clock_difference_seconds(?:\{[^}]*\})? ([\d.]+)", RegexOptions.Multiline)]
    private static partial Regex Gauge { get; }
}
