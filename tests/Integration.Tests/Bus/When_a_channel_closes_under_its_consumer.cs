using Gateway.Integration.Tests.Bus.DelayedSends;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Bus;
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

                    await context.GetPayload<ChannelContext>().Channel.CloseByBrokerAsync(Cancellation);
                    await new TaskCompletionSource().Task;
                });
            },
            Cancellation);

        var queue = await bus.Bus.GetSendEndpoint(bus.Address);
        await queue.Send(new Reminder { Text = "tea" }, Cancellation);

        await cameAgain.Task.WaitAsync(Eventually.Patience, Cancellation);
        Assert.Equal(2, deliveries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_consume_again_though_the_consumer_never_heard_that_it_may_begin_and_tell_why_in_the_broker_s_words(bool tellsOfOther)
    {
        // As the client does that gives a channel up while somebody still waits on it.
        var deaf = new DeafOnceFilter(tellsOfOther ? new ObjectDisposedException("a semaphore") : null);
        var log = new LogLines();
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
                endpoint.ConnectReceiveEndpointObserver(new DeclaredOtherwise(log.For<DeclaredOtherwise>()));
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
        Assert.Contains("PRECONDITION_FAILED - unknown delivery tag", log.Lines[0], StringComparison.Ordinal);
    }
}
