using Gateway.Testing;
using Gateway.Worker.Telemetry.Polling;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Telemetry.Polling;

public sealed class When_figures_take_long
{
    [Fact]
    public async Task Should_be_asked_for_less_often()
    {
        var time = new FakeTimeProvider();
        var began = time.GetUtcNow();
        List<double> asked = [];
        using var answered = new SemaphoreSlim(0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var figures = new PolledFigures<string>("queues", _ => Answer(), TimeSpan.FromSeconds(15), time, new LogLines());

        var polling = figures.PollAsync(stop.Token);
        await answered.WaitAsync(stop.Token);
        // The first answer has taken 1 s, so that the next ticks, at 15, 30 and 45 s, come too early.
        foreach (var seconds in (int[])[14, 15, 15, 15])
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await answered.WaitAsync(stop.Token);
        time.Advance(TimeSpan.FromSeconds(15));
        await answered.WaitAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);

        Assert.Equal([0, 60, 75], asked);

        Task<string> Answer()
        {
            asked.Add((time.GetUtcNow() - began).TotalSeconds);
            if (asked.Count == 1)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }

            answered.Release();
            return Task.FromResult("42");
        }
    }
}
