using System.Threading.Channels;
using Gateway.Worker.Bus.DelayedSends;
using MassTransit;
using MassTransit.InMemoryTransport;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Bus.DelayedSends;

public class When_the_bus_is_in_memory
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_deliver_a_delayed_message_when_its_time_has_come()
    {
        var received = Channel.CreateUnbounded<string>();
        await using var provider = new ServiceCollection()
            .AddMassTransitTestHarness(bus =>
            {
                bus.AddDelayedSends("reminders", [TimeSpan.FromHours(1)]);
                bus.UsingInMemory((context, memory) =>
                {
                    memory.UseDelayedSends(context);
                    memory.ReceiveEndpoint("reminders", e => e.Handler<Reminder>(async c => await received.Writer.WriteAsync(c.Message.Text)));
                });
            })
            .BuildServiceProvider(validateScopes: true);
        var harness = await provider.StartTestHarness();
        await using var scope = provider.CreateAsyncScope();
        var queue = await harness.Bus.GetSendEndpoint(new Uri("queue:reminders"));

        await scope.ServiceProvider.GetRequiredService<IMessageScheduler>().ScheduleSend(
            new Uri("queue:reminders"), TimeSpan.FromHours(1), new Reminder { Text = "later" }, Cancelled);
        await queue.Send(new Reminder { Text = "now" }, Cancelled);
        var first = await received.Reader.ReadAsync(Cancelled);
        await provider.GetRequiredService<IInMemoryDelayProvider>().Advance(TimeSpan.FromHours(1));
        var second = await received.Reader.ReadAsync(Cancelled);

        Assert.Equal(["now", "later"], [first, second]);
    }

    public sealed record Reminder
    {
        public required string Text { get; init; }
    }
}
