using Gateway.Persistence.Sagas;
using MassTransit;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

public sealed class When_two_workers_share_a_saga(SagaRedis redis) : IClassFixture<SagaRedis>
{
    private readonly Guid _id = Guid.CreateVersion7();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_handle_the_event_again_that_lost(bool exists)
    {
        if (exists)
            await redis.Tallies().TryInsert(new Tally { CorrelationId = _id, CurrentState = nameof(TallyMachine.Counting) });
        var options = new TallyOptions { Rendezvous = new(2) };
        await using var first = await TallyWorker.Start(redis.Connection, options, retries: 1, cancellationToken: Token);
        await using var second = await TallyWorker.Start(await redis.Connect(), options, retries: 1, cancellationToken: Token);

        var answers = await Task.WhenAll(
            first.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token),
            second.Ask(new CountUp { TallyId = _id, Amount = 3 }, Token));

        // Two handled it at once, and the loser once more.
        Assert.Equal(3, options.Rendezvous.Arrivals);
        Assert.Equal(8, answers.Max(answer => answer.TotalAmount));
        Assert.Equal(8, await Total());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_fail_the_event_that_lost_when_nobody_retries(bool exists)
    {
        if (exists)
            await redis.Tallies().TryInsert(new Tally { CorrelationId = _id, CurrentState = nameof(TallyMachine.Counting) });
        var options = new TallyOptions { Rendezvous = new(2) };
        await using var first = await TallyWorker.Start(redis.Connection, options, cancellationToken: Token);
        await using var second = await TallyWorker.Start(await redis.Connect(), options, cancellationToken: Token);
        var asked = new[]
        {
            first.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token),
            second.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token),
        };

        var fault = await Assert.ThrowsAsync<RequestFaultException>(() => Task.WhenAll(asked));

        Assert.Equal(typeof(SagaConflictException).FullName, fault.Fault!.Exceptions[0].ExceptionType);
        Assert.Equal(1, asked.Count(task => task.IsCompletedSuccessfully));
        Assert.Equal(5, await Total());
    }

    [Fact]
    public async Task Should_go_on_with_the_winners_instance_when_both_insert_first()
    {
        // One insert is refused, so both handle the winner's instance, and one of them once more.
        var options = new TallyOptions { Rendezvous = new(2), InsertFirst = true };
        await using var first = await TallyWorker.Start(redis.Connection, options, retries: 1, cancellationToken: Token);
        await using var second = await TallyWorker.Start(await redis.Connect(), options, retries: 1, cancellationToken: Token);

        var answers = await Task.WhenAll(
            first.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token),
            second.Ask(new CountUp { TallyId = _id, Amount = 3 }, Token));

        Assert.Equal(3, options.Rendezvous.Arrivals);
        Assert.Equal([1, 2], answers.Select(answer => answer.LoadedVersion).Order());
        Assert.Equal(8, await Total());
    }

    [Fact]
    public async Task Should_lose_no_event_and_answer_each_once()
    {
        const int EventsPerWorker = 40;
        // Who loses, loses to one who is then done: so nobody can lose more often than there are others.
        const int Retries = 2 * EventsPerWorker;
        await using var first = await TallyWorker.Start(redis.Connection, retries: Retries, cancellationToken: Token);
        await using var second = await TallyWorker.Start(await redis.Connect(), retries: Retries, cancellationToken: Token);

        var answers = await Task.WhenAll(Enumerable.Range(0, EventsPerWorker).SelectMany(_ => new[]
        {
            first.Ask(new CountUp { TallyId = _id, Amount = 1 }, Token),
            second.Ask(new CountUp { TallyId = _id, Amount = 1 }, Token),
        }));

        // An answer leaves the outbox only after its save, so each version was answered by the one who won it.
        Assert.Equal(Enumerable.Range(0, 2 * EventsPerWorker), answers.Select(answer => answer.LoadedVersion).Order());
        Assert.Equal(2 * EventsPerWorker, await Total());
    }

    private async Task<int> Total() => (await redis.Tallies().Load(_id, Token))!.Value.Saga.TotalAmount;
}
