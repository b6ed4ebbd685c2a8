using Gateway.Contracts;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Gateway.Worker.Payments;
using Xunit;

namespace Gateway.Integration.Tests.Scheduling;

/// <summary>
/// Workers of a rolling deployment, which share the schedules and are configured differently, and a change that meets a missed tick.
/// (docs/faults.md: A12, A21)
/// </summary>
public sealed class When_workers_have_other_schedules(TestServers servers)
{
    private const string Old = "0 3 1 1 *";
    private const string New = "0 4 1 1 *";

    // Event 4004.
    private const string Difference = "Error: payment-expiry: the workers are configured differently.";

    // As Quartz writes the same.
    private const string NewInQuartz = "0 0 4 1 1 ?";

    [Fact]
    public async Task Should_keep_the_newest_when_a_worker_of_before_starts_again()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        await worker.StartAsync(Old);
        await worker.StartAnotherAsync(New);
        await worker.WaitUntilAsync(state => state.Expression?.CronExpressionString == NewInQuartz, "the new one holds");

        await worker.StopAsync();
        await worker.StartAsync(Old);

        var settings = await Eventually.Read(worker.SettingsAsync, settings => settings.Count == 2, "both have said what they have");
        Assert.Equal([New, Old], settings.Select(setting => setting.Cron));
        var state = await worker.WaitUntilAsync(_ => true, "it is asked");
        Assert.Equal(NewInQuartz, state.Expression?.CronExpressionString);
    }

    [Fact]
    public async Task Should_tell_the_difference_by_each_of_them_and_what_holds()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        await worker.StartAsync(Old);
        await worker.StartAnotherAsync(New);

        await WaitUntilLoggedAsync(worker.LogOfTheOther, $"This one: '{New}'", $"'{Old}'", $"What holds: '{New}'");
        await WaitUntilLoggedAsync(worker.Log, $"This one: '{Old}'", $"'{New}'", $"What holds: '{New}'");

        await worker.StopTheOtherAsync();
        await Eventually.Read(
            () => Task.FromResult(worker.Log.Lines),
            lines => lines.Any(line => line.Contains("all workers are configured alike again", StringComparison.Ordinal)),
            "It is over");
    }

    [Fact]
    public async Task Should_go_back_when_the_last_worker_with_the_newest_is_gone()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        await worker.StartAsync(Old);
        await worker.StartAnotherAsync(New);
        await worker.WaitUntilAsync(state => state.Expression?.CronExpressionString == NewInQuartz, "the new one holds");

        await worker.StopTheOtherAsync();

        await worker.WaitUntilAsync(state => state.Expression?.CronExpressionString != NewInQuartz, "the old one holds again");
    }

    [Fact]
    public async Task Should_tick_as_long_as_one_worker_wants_it_to()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        await worker.StartAsync(Old);
        await worker.WaitUntilAsync(state => state.NextTick is not null, "it is scheduled");
        await worker.StartAnotherAsync(Old, isEnabled: false);

        // By then it has done what it does with the schedule.
        await WaitUntilLoggedAsync(worker.LogOfTheOther, "This one: disabled");
        Assert.NotNull((await worker.WaitUntilAsync(_ => true, "it is asked")).NextTick);
        Assert.Equal([false, true], (await worker.SettingsAsync()).Select(setting => setting.IsEnabled));
    }

    [Fact]
    public async Task Should_make_up_once_for_a_tick_that_was_missed_before_the_change()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        var published = await worker.Broker.Subscribe<ExpirePayments>();
        await worker.StartAsync(Old);
        await worker.WaitUntilAsync(state => state.NextTick is not null, "it is scheduled");
        await worker.StopAsync();
        await worker.WasAwayForAsync(TimeSpan.FromDays(400));

        await worker.StartAsync(New);

        var message = await published.WaitUntilReceivedAsync();
        var tick = message.Enveloped.GetProperty("run_at").GetDateTimeOffset();
        // 3 in the morning in Ho Chi Minh City: the tick of the old expression, under its own name.
        Assert.Equal((12, 31, 20, 0), (tick.UtcDateTime.Month, tick.UtcDateTime.Day, tick.UtcDateTime.Hour, tick.UtcDateTime.Minute));
        Assert.Equal(JobId.OfTick(ExpirePaymentsJob.Definition, tick).ToString(), message.Properties.MessageId);
        await worker.WaitUntilAsync(state => state.Expression?.CronExpressionString == NewInQuartz, "the new one holds");
        Assert.Equal(0, published.CountUnread("run_at"));
    }

    private static async Task WaitUntilLoggedAsync(LogLines log, params string[] texts) => await Eventually.Read(
        () => Task.FromResult(log.Lines),
        lines => lines.Any(line => line.StartsWith(Difference, StringComparison.Ordinal)
            && texts.All(text => line.Contains(text, StringComparison.Ordinal))),
        "The difference is told");
}
