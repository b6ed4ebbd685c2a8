using System.Net;
using Gateway.Integration.Tests.Survival;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Persistence;

/// <summary>A worker that is told of a commit acknowledges the message, and has nothing left when the commit is lost.</summary>
public sealed class When_PostgreSQL_may_lose_what_it_confirms(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_say_that_it_confirms_before_it_writes()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        await gateway.ExecuteAsync(
            "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$");

        await IsToldAsync(gateway, "synchronous_commit is off");
    }

    [Fact]
    public async Task Should_say_that_it_waits_for_no_standby_where_there_is_one()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        Assert.Equal(1, await gateway.QueryAsync("select count(*) from pg_settings where name = 'synchronous_standby_names' and setting = ''"));
        var (server, other) = (gateway.Database.Server, gateway.Database.Server.Host == "localhost" ? "127.0.0.1" : "localhost");
        gateway.Settings["DB_HOST"] = FormattableString.Invariant($"{server.Host}:{server.Port},{other}:{server.Port}");

        await IsToldAsync(gateway, "DB_HOST names several servers, and PostgreSQL confirms what no standby has yet");
    }

    [Fact]
    public async Task Should_say_nothing_of_one_that_keeps_what_it_confirms()
    {
        await using var gateway = await Deployment.CreateAsync(servers);
        var worker = await gateway.StartWorkerAsync();
        await worker.WaitUntilAsync(HttpStatusCode.OK);

        Assert.DoesNotContain("confirms", await worker.ReadAsync("ready"), StringComparison.Ordinal);
        Assert.DoesNotContain("8203", worker.Output, StringComparison.Ordinal);
    }

    private static async Task IsToldAsync(Deployment gateway, string complaint)
    {
        var worker = await gateway.StartWorkerAsync();

        await worker.WaitUntilLoggedAsync(complaint);
        Assert.Equal(HttpStatusCode.OK, await worker.AskAsync("ready"));
        Assert.Contains(complaint, await worker.ReadAsync("ready"), StringComparison.Ordinal);
    }
}
