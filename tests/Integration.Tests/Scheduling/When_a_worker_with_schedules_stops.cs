using Gateway.Contracts;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Gateway.Worker.Payments;
using Xunit;

namespace Gateway.Integration.Tests.Scheduling;

/// <summary>What trials found (docs/faults.md: H8).</summary>
public sealed class When_a_worker_with_schedules_stops(TestServers servers)
{
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Should_make_up_for_all_that_was_missed_with_one_tick()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        var published = await worker.Broker.Subscribe<ExpirePayments>();
        await worker.StartAsync("*/5 * * * *");
        await worker.WaitUntilAsync(state => state.NextTick is not null, "it is scheduled");
        await worker.StopAsync();
        await worker.WasAwayForAsync(TimeSpan.FromHours(1));

        await worker.StartAsync("*/5 * * * *");

        var message = await published.WaitUntilReceivedAsync();
        var tick = message.Enveloped.GetProperty("run_at").GetDateTimeOffset();
        Assert.Equal(0, tick.UtcTicks % FiveMinutes.Ticks);
        Assert.InRange(TimeProvider.System.GetUtcNow() - tick, TimeSpan.Zero, FiveMinutes + TimeSpan.FromSeconds(30));
        Assert.Equal(JobId.OfTick(ExpirePaymentsJob.Definition, tick).ToString(), message.Properties.MessageId);
        var now = TimeProvider.System.GetUtcNow();
        await worker.WaitUntilAsync(state => state.NextTick > now, "the next tick is to come");
        // One more only if its time came meanwhile.
        Assert.InRange(published.CountUnread("run_at"), 0, 1);
    }

    [Fact]
    public async Task Should_stay_paused_also_with_another_expression()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        var published = await worker.Broker.Subscribe<ExpirePayments>();
        await worker.StartAsync("0 3 1 1 *");
        await worker.WaitUntilAsync(state => state.NextTick is not null, "it is scheduled");
        await worker.PauseAsync();
        await worker.StopAsync();

        await worker.StartAsync("* * * * * *");

        var aMinute = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1);
        var state = await worker.WaitUntilAsync(state => state.NextTick < aMinute, "the new expression holds");
        Assert.True(state.IsPaused);
        // H8: its time has come, and it does not tick.
        var due = state.NextTick!.Value.AddSeconds(1);
        await worker.WaitUntilAsync(_ => TimeProvider.System.GetUtcNow() > due, "it would have ticked");
        Assert.Equal(0, published.CountUnread("run_at"));
        await worker.ResumeAsync();
        await published.WaitUntilReceivedAsync();
        Assert.False((await worker.WaitUntilAsync(_ => true, "it is asked")).IsPaused);
    }

    [Fact]
    public async Task Should_tick_no_more_when_the_operator_turned_it_off()
    {
        await using var worker = await SchedulingWorker.CreateAsync(servers);
        await worker.StartAsync("0 3 1 1 *");
        await worker.WaitUntilAsync(state => state.NextTick is not null, "it is scheduled");
        await worker.StopAsync();

        await worker.StartAsync("0 3 1 1 *", isEnabled: false);

        await worker.WaitUntilAsync(state => state.NextTick is null, "it is taken out");
    }
}
