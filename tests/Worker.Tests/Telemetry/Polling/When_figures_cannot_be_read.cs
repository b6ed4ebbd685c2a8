using System.Globalization;
using Gateway.Testing;
using Gateway.Worker.Telemetry.Polling;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Telemetry.Polling;

public sealed class When_figures_cannot_be_read
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Should_have_no_value_until_they_can_and_say_so_once()
    {
        var (time, log) = (new FakeTimeProvider(), new LogLines());
        Queue<Func<string>> answers = new([() => "41", () => throw new TimeoutException("no answer"), () => throw new TimeoutException("no answer"), () => "42", () => "43"]);
        List<int?> shown = [];
        using var asked = new SemaphoreSlim(0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        PolledFigures<string> figures = null!;
        figures = new PolledFigures<string>("queues", _ => Answer(), Interval, time, log);

        var polling = figures.PollAsync(stop.Token);
        await asked.WaitAsync(stop.Token);
        for (var poll = 1; poll < 5; poll++)
        {
            // Where the clock moves on while a question is under way, that has taken long, and the next one comes later.
            while (!await asked.WaitAsync(TimeSpan.Zero, stop.Token))
            {
                time.Advance(Interval);
                await Task.Yield();
            }
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);

        // What was shown when each poll began is what the one before has brought.
        Assert.Equal([null, 41, null, null, 42], shown);
        Assert.Equal(
            ["Warning: The metrics of queues have no value until they can be read again: no answer", "Information: The metrics of queues are read again"], log.Lines);

        async Task<string> Answer()
        {
            shown.Add(figures.Measured<int>(text => [new(int.Parse(text, CultureInfo.InvariantCulture))]).Select(m => (int?)m.Value).SingleOrDefault());
            asked.Release();
            await Task.Yield();
            return answers.Dequeue()();
        }
    }
}
