using Gateway.Integration.Tests.Bus.DelayedSends;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus.ClosedChannels;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.RabbitMqTransport;
using Xunit;

namespace Gateway.Integration.Tests.Bus;

public sealed class When_a_channel_closes_under_its_consumer(TestServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_have_the_message_again_though_the_consumer_waits_for_ever()
    {
        var deliveries = 0;
        var cameAgain = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var bus = await DelayedSendsBus.StartAsync(
            servers.RabbitMq.Uri,
            [TimeSpan.FromSeconds(1)],
            endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.UseFilter(new EndWithChannelFilter());
                endpoint.Handler<Reminder>(async context =>
                {
                    if (Interlocked.Increment(ref deliveries) > 1)
                    {
                        cameAgain.TrySetResult();
                        return;
                    }

                    await CloseChannelAsync(context.GetPayload<ChannelContext>().Channel);
                    await new TaskCompletionSource().Task;
                });
            },
            Cancellation);

        var queue = await bus.Bus.GetSendEndpoint(bus.Address);
        await queue.Send(new Reminder { Text = "tea" }, Cancellation);

        await cameAgain.Task.WaitAsync(Eventually.Patience, Cancellation);
        Assert.Equal(2, deliveries);
    }

    [Fact]
    public async Task Should_consume_again_though_the_consumer_never_heard_that_it_may_begin()
    {
        var deaf = new DeafOnceFilter();
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var bus = await DelayedSendsBus.StartAsync(
            servers.RabbitMq.Uri,
            [TimeSpan.FromSeconds(1)],
            endpoint =>
            {
                endpoint.ConfigureConsumeTopology = false;
                endpoint.ConfigureChannel(
                    channel => channel.AddPipeSpecification(new FilterPipeSpecification<ChannelContext>(deaf)));
                new LostStartFilter(Eventually.Patience, TimeProvider.System).EndpointConfigured(endpoint);
                endpoint.Handler<Reminder>(_ =>
                {
                    came.TrySetResult();
                    return Task.CompletedTask;
                });
            },
            Cancellation);

        var queue = await bus.Bus.GetSendEndpoint(bus.Address);
        await queue.Send(new Reminder { Text = "tea" }, Cancellation);

        await came.Task.WaitAsync(Eventually.Patience, Cancellation);
        Assert.Equal(2, deaf.Begun);
    }

    // The broker closes a channel that acknowledges what was never delivered.
    private static async Task CloseChannelAsync(RabbitMQ.Client.IChannel channel)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, _) =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        await channel.BasicAckAsync(long.MaxValue, multiple: false, Cancellation);
        await closed.Task.WaitAsync(Cancellation);
    }
}
