using Gateway.Testing;
using Gateway.Testing.Servers;
using Xunit;

namespace Gateway.Integration.Tests.Scheduling;

public sealed class When_the_broker_is_away_at_a_tick(OwnRabbitMq own) : IClassFixture<OwnRabbitMq>
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Should_publish_it_when_the_broker_is_back()
    {
        await using var worker = await SchedulingWorker.CreateAsync(own.Servers);
        await worker.StartAsync("* * * * * *");
        await Eventually.Read(() => Task.FromResult(worker.Ticks.Count), count => count >= 2, "it ticks");

        await own.Servers.RabbitMq.RestartAsync(TestContext.Current.CancellationToken);
        var back = TimeProvider.System.GetUtcNow();

        await Eventually.Read(() => Task.FromResult(worker.Ticks.Count(tick => tick > back)), count => count >= 3, "it ticks again");
        // Those of the outage come when their turn to be tried again has come.
        await Eventually.Read(() => Task.FromResult(Missing(worker.Ticks)), missing => missing.Count == 0, "no tick is missing");
    }

    private static IReadOnlyList<DateTimeOffset> Missing(IEnumerable<DateTimeOffset> ticks)
    {
        var come = ticks.Distinct().Order().ToArray();
        var expected = Enumerable.Range(0, (int)((come[^1] - come[0]) / Second)).Select(n => come[0] + n * Second);
        return [.. expected.Except(come)];
    }
}
