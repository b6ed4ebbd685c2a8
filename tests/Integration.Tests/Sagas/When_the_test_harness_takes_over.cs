using Gateway.Persistence.Sagas;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

public sealed class When_the_test_harness_takes_over
{
    /// <summary>No connection is registered here, and the container is checked as strictly as it can be.</summary>
    [Fact]
    public async Task Should_keep_the_saga_in_memory()
    {
        var id = Guid.CreateVersion7();
        await using var provider = new ServiceCollection()
            .AddSingleton(new TallyOptions())
            .AddMassTransit(bus =>
            {
                bus.AddSagaStateMachine<TallyMachine, Tally>().RedisRepository(new() { ExpiresIn = _ => null });
                bus.UsingInMemory((context, configurator) => configurator.ConfigureEndpoints(context));
            })
            .AddMassTransitTestHarness(TextWriter.Null)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        var harness = await provider.StartTestHarness();

        var answer = await harness.GetRequestClient<CountUp>()
            .GetResponse<TallyAnswered>(new CountUp { TallyId = id, Amount = 5 }, TestContext.Current.CancellationToken);

        Assert.Equal(5, answer.Message.TotalAmount);
        Assert.Equal(5, (await provider.GetRequiredService<ILoadSagaRepository<Tally>>().Load(id)).TotalAmount);
    }
}
