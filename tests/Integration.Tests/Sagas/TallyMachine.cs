using MassTransit;

namespace Gateway.Integration.Tests.Sagas;

/// <summary>
/// Counts from the first <see cref="CountUp"/> until <see cref="CloseTally"/>. Every count waits at the rendezvous before it is handled.
/// </summary>
public sealed class TallyMachine : MassTransitStateMachine<Tally>
{
    public TallyMachine(TallyOptions options)
    {
        InstanceState(x => x.CurrentState);
        Event(() => CountUp, x =>
        {
            x.CorrelateById(m => m.Message.TallyId);
            x.InsertOnInitial = options.InsertFirst;
        });
        Event(() => CountMore, x =>
        {
            x.CorrelateById(m => m.Message.TallyId);
            x.OnMissingInstance(missing => missing.ExecuteAsync(m => m.RespondAsync(new TallyMissing { TallyId = m.Message.TallyId })));
        });
        Event(() => CloseTally, x => x.CorrelateById(m => m.Message.TallyId));
        Event(() => ReadTally, x =>
        {
            x.CorrelateById(m => m.Message.TallyId);
            x.ReadOnly = true;
        });
        Event(() => FindTally, x => x.CorrelateBy((tally, m) => tally.TotalAmount == m.Message.TotalAmount));

        Initially(
            When(CountUp)
                .ThenAsync(_ => options.Rendezvous.Arrive())
                .Then(x => x.Saga.TotalAmount += x.Message.Amount)
                .RespondAsync(x => Answer(x))
                .TransitionTo(Counting));

        During(Counting,
            When(CountUp)
                .ThenAsync(_ => options.Rendezvous.Arrive())
                .Then(x => x.Saga.TotalAmount += x.Message.Amount)
                .RespondAsync(x => Answer(x)),
            When(CountMore)
                .Then(x => x.Saga.TotalAmount++)
                .RespondAsync(x => Answer(x)),
            When(ReadTally)
                .RespondAsync(x => Answer(x)),
            When(FindTally)
                .RespondAsync(x => Answer(x)),
            When(CloseTally)
                .RespondAsync(x => Answer(x))
                .Finalize());

        SetCompletedWhenFinalized();
    }

    public State Counting { get; private set; } = null!;

    public Event<CountUp> CountUp { get; private set; } = null!;

    public Event<CountMore> CountMore { get; private set; } = null!;

    public Event<CloseTally> CloseTally { get; private set; } = null!;

    public Event<ReadTally> ReadTally { get; private set; } = null!;

    public Event<FindTally> FindTally { get; private set; } = null!;

    private static Task<TallyAnswered> Answer<T>(BehaviorContext<Tally, T> context)
        where T : class =>
        Task.FromResult(new TallyAnswered { LoadedVersion = context.Saga.Version, TotalAmount = context.Saga.TotalAmount });
}
