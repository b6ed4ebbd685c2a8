using Gateway.Worker.Gate;
using MassTransit;
using MassTransit.Testing;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Gate;

public sealed class When_a_queue_stops_taking_messages
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Only a message whose own token is cancelled is left to the broker; of any other MassTransit says that its consumer failed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_leave_them_to_the_broker(bool hasStoppedBefore)
    {
        var gate = new WeightedGate(new GateOptions { Slots = 1, Flows = [new GateFlow("jobs", 1)] }, TimeProvider.System);
        using var intake = new GatedQueue("jobs", gate);
        var ended = new TaskCompletionSource<(Exception Thrown, CancellationToken OfMessage)>();
        var waits = new TaskCompletionSource();
        await using var provider = new ServiceCollection()
            .AddMassTransitTestHarness(bus => bus.UsingInMemory((_, memory) => memory.ReceiveEndpoint("jobs", e => e.Handler<Job>(async context =>
            {
                var entering = intake.EnterAsync(GateRank.Normal, context);
                waits.TrySetResult();
                try
                {
                    await entering;
                }
                catch (Exception exception)
                {
                    ended.TrySetResult((exception, context.CancellationToken));
                    throw;
                }
            }))))
            .BuildServiceProvider(validateScopes: true);
        var harness = await provider.StartTestHarness();
        using var occupied = await gate.EnterAsync("jobs", GateRank.Normal, Cancellation);
        if (hasStoppedBefore)
        {
            intake.EndpointAt(new Uri("loopback://localhost/jobs")).EndWaits();
        }

        await harness.Bus.Publish(new Job(), Cancellation);
        await waits.Task.WaitAsync(Cancellation);
        intake.EndpointAt(new Uri("loopback://localhost/jobs")).EndWaits();

        var (thrown, ofMessage) = await ended.Task.WaitAsync(Cancellation);
        Assert.True(ofMessage.IsCancellationRequested);
        Assert.Equal(ofMessage, Assert.IsType<OperationCanceledException>(thrown).CancellationToken);
    }

    /// <summary>The broker closes a channel, too: when it goes away, or when a message was not acknowledged for half an hour.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_keep_no_slot_for_a_message_whose_channel_was_closed(bool hasClosedBefore)
    {
        var gate = new WeightedGate(new GateOptions { Slots = 1, Flows = [new GateFlow("jobs", 1)] }, TimeProvider.System);
        using var intake = new GatedQueue("jobs", gate);
        var ended = new TaskCompletionSource<Exception>();
        await using var provider = new ServiceCollection()
            .AddMassTransitTestHarness(bus => bus.UsingInMemory((_, memory) => memory.ReceiveEndpoint("jobs", e => e.Handler<Job>(async context =>
            {
                // As the transport does it.
                var channel = (BaseReceiveContext)context.ReceiveContext;
                if (hasClosedBefore)
                {
                    channel.Cancel();
                }

                var entering = intake.EnterAsync(GateRank.Normal, context);
                channel.Cancel();
                try
                {
                    (await entering).Dispose();
                    ended.TrySetException(new InvalidOperationException("It got the slot."));
                }
                catch (OperationCanceledException exception)
                {
                    ended.TrySetResult(exception);
                    throw;
                }
            }))))
            .BuildServiceProvider(validateScopes: true);
        var harness = await provider.StartTestHarness();
        var occupied = await gate.EnterAsync("jobs", GateRank.Normal, Cancellation);

        await harness.Bus.Publish(new Job(), Cancellation);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        occupied.Dispose();

        var counts = gate.CountsOf("jobs");
        Assert.Equal((0, 0), (counts.Waiting, counts.InFlight));
    }

    public sealed record Job;
}
