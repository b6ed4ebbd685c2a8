using Gateway.Worker.Ops.Overview;
using Gateway.Worker.Ops.Workers;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Overview;

public sealed class When_a_worker_is_silent
{
    private static readonly DateTime Now = new(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Should_tell_of_it_for_a_quarter_of_an_hour()
    {
        var told = TroubleFinder.OfWorkers(
            [Worker("alive", 8, isAlive: true), Worker("killed", 840, isAlive: false), Worker("long gone", 960, isAlive: false)], Now);

        Assert.Equal(new Trouble(TroubleKind.WorkerSilent, IsCritical: false, "killed", Age: TimeSpan.FromMinutes(14)), Assert.Single(told));
    }

    private static WorkerResponse Worker(string host, int seconds, bool isAlive) =>
        new(Guid.CreateVersion7(), host, "1.0", Now.AddDays(-1), Now.AddSeconds(-seconds), isAlive, 32, 0);
}
