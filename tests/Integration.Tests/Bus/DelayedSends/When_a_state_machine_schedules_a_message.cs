using Gateway.Testing.Servers;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.Bus.DelayedSends;

public sealed class When_a_state_machine_schedules_a_message(TestServers servers) : IAsyncLifetime
{
    private readonly TaskCompletionSource<Guid> _rang = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DelayedSendsBus _bus = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _bus = await DelayedSendsBus.StartAsync(
            servers.RabbitMq.Uri,
            [TimeSpan.FromMilliseconds(200)],
            endpoint => endpoint.StateMachineSaga(new AlarmClock(_rang), new InMemorySagaRepository<Alarm>()),
            Cancelled);

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Fact]
    public async Task Should_bring_it_back_to_the_same_instance()
    {
        var alarm = Guid.CreateVersion7();
        var queue = await _bus.Bus.GetSendEndpoint(_bus.Address);

        await queue.Send(new SetAlarm { CorrelationId = alarm }, Cancelled);

        Assert.Equal(alarm, await _rang.Task.WaitAsync(Cancelled));
    }

    public sealed record SetAlarm : CorrelatedBy<Guid>
    {
        public required Guid CorrelationId { get; init; }
    }

    public sealed record Ring : CorrelatedBy<Guid>
    {
        public required Guid CorrelationId { get; init; }
    }

    public sealed class Alarm : SagaStateMachineInstance
    {
        public Guid CorrelationId { get; set; }

        public string CurrentState { get; set; } = "";

        public Guid? RingToken { get; set; }
    }

    private sealed class AlarmClock : MassTransitStateMachine<Alarm>
    {
        public AlarmClock(TaskCompletionSource<Guid> rang)
        {
            InstanceState(x => x.CurrentState);
            Schedule(() => Ring, x => x.RingToken, s => s.Delay = TimeSpan.FromMilliseconds(200));

            Initially(
                When(Set)
                    .Schedule(Ring, context => new Ring { CorrelationId = context.Saga.CorrelationId })
                    .TransitionTo(Waiting));
            During(Waiting,
                When(Ring.Received)
                    .Then(context => rang.TrySetResult(context.Saga.CorrelationId))
                    .Finalize());
        }

        public State Waiting { get; private set; } = null!;

        public Event<SetAlarm> Set { get; private set; } = null!;

        public Schedule<Alarm, Ring> Ring { get; private set; } = null!;
    }
}
