using MassTransit;
using StackExchange.Redis;
using Xunit;

namespace Gateway.Integration.Tests.Sagas;

public sealed class When_Redis_is_away
{
    /// <param name="insertsFirst">An insert that failed must not pass for an instance that exists.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_fail_the_message_with_the_reason(bool insertsFirst)
    {
        // Port 1 is reserved and nobody listens there; the first attempt to connect is awaited for this long.
        var away = new ConfigurationOptions { AbortOnConnectFail = false, BacklogPolicy = BacklogPolicy.FailFast, ConnectTimeout = 100 };
        away.EndPoints.Add("127.0.0.1", 1);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(away);
        await using var worker = await TallyWorker.Start(
            connection, new TallyOptions { InsertFirst = insertsFirst }, cancellationToken: TestContext.Current.CancellationToken);

        var fault = await Assert.ThrowsAsync<RequestFaultException>(
            () => worker.Ask(new CountUp { TallyId = Guid.CreateVersion7(), Amount = 1 }, TestContext.Current.CancellationToken));

        Assert.Equal(typeof(RedisConnectionException).FullName, fault.Fault!.Exceptions[0].ExceptionType);
    }
}
