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
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        PolledFigures<string> figures = null!;
        figures = new PolledFigures<string>("queues", _ => AnswerAsync(), Interval, time, log);

        var polling = figures.PollAsync(stop.Token);
        while (!polling.IsCompleted)
        {
            // Where the clock moves on while a question is under way, that has taken long, and the next one comes later.
            time.Advance(Interval);
            await Task.Yield();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);

        // What was shown when each poll began is what the one before has brought.
        Assert.Equal([null, 41, null, null, 42], shown);
        Assert.Equal(
            ["Warning: The metrics of queues have no value until they can be read again: no answer", "Information: The metrics of queues are read again"], log.Lines);

        async Task<string> AnswerAsync()
        {
            shown.Add(figures.Measured<int>(text => [new(int.Parse(text, CultureInfo.InvariantCulture))]).Select(m => (int?)m.Value).SingleOrDefault());
            await Task.Yield();
            var answer = answers.Dequeue();
            if (answers.Count == 0)
            {
                await stop.CancelAsync();
            }

            return answer();
        }
    }
}
