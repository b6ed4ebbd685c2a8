using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

public sealed class When_a_machine_lives_in_Redis(SagaRedis redis) : IClassFixture<SagaRedis>, IAsyncLifetime
{
    private readonly Guid _id = Guid.CreateVersion7();
    private TallyWorker _worker = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _worker = await TallyWorker.Start(redis.Connection, cancellationToken: Token);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    [Fact]
    public async Task Should_remember_from_event_to_event()
    {
        await _worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);

        var answer = await _worker.Ask(new CountMore { TallyId = _id }, Token);

        Assert.Equal((1, 6), (answer.LoadedVersion, answer.TotalAmount));
    }

    [Fact]
    public async Task Should_be_readable_without_a_message()
    {
        await _worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);
        var sagas = _worker.Services.GetRequiredService<ILoadSagaRepository<Tally>>();

        Assert.Equal(5, (await sagas.Load(_id)).TotalAmount);
        Assert.Null(await sagas.Load(Guid.CreateVersion7()));
    }

    [Fact]
    public async Task Should_expire_after_its_time()
    {
        await _worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);

        var timeToLive = await redis.Database.KeyTimeToLiveAsync($"saga:tally:{_id}");

        Assert.Equal(7, Math.Ceiling(timeToLive!.Value.TotalDays));
    }

    [Fact]
    public async Task Should_not_be_created_by_an_event_that_does_not_initiate()
    {
        var answer = await _worker.Client<CountMore>().GetResponse<TallyMissing>(new CountMore { TallyId = _id }, Token);

        Assert.Equal(_id, answer.Message.TallyId);
        Assert.Null(await redis.Tallies().Load(_id, Token));
    }

    [Fact]
    public async Task Should_not_be_saved_by_an_event_that_only_reads()
    {
        await _worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);

        await _worker.Ask(new ReadTally { TallyId = _id }, Token);

        Assert.Equal(1, (await redis.Tallies().Load(_id, Token))!.Value.Saga.Version);
    }

    [Fact]
    public async Task Should_be_gone_once_completed()
    {
        await _worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);

        await _worker.Ask(new CloseTally { TallyId = _id }, Token);

        Assert.False(await redis.Database.KeyExistsAsync($"saga:tally:{_id}"));
    }

    [Fact]
    public async Task Should_insert_before_the_event_when_its_machine_wants_that()
    {
        await using var worker = await TallyWorker.Start(
            redis.Connection, new TallyOptions { InsertFirst = true }, cancellationToken: Token);

        var answer = await worker.Ask(new CountUp { TallyId = _id, Amount = 5 }, Token);

        Assert.Equal((1, 5), (answer.LoadedVersion, answer.TotalAmount));
        Assert.Equal(2, (await redis.Tallies().Load(_id, Token))!.Value.Saga.Version);
    }

    [Fact]
    public async Task Should_refuse_to_be_found_by_an_expression()
    {
        var fault = await Assert.ThrowsAsync<RequestFaultException>(() => _worker.Ask(new FindTally { TotalAmount = 5 }, Token));

        var exception = fault.Fault!.Exceptions[0];
        Assert.Equal(typeof(NotSupportedException).FullName, exception.ExceptionType);
        Assert.Contains("CorrelateById", exception.Message, StringComparison.Ordinal);
    }
}
