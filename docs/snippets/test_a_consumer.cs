#:property PublishAot=false
#:package MassTransit@8.5.12
#:package Microsoft.Extensions.DependencyInjection@10.0.15
#:project ../../src/Contracts/Gateway.Contracts.csproj
using Gateway.Contracts;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;

await using var services = new ServiceCollection().AddMassTransitTestHarness(bus => bus.AddConsumer<ReleaseStock>()).BuildServiceProvider();
var harness = services.GetRequiredService<ITestHarness>();
await harness.Start();
await harness.Bus.Publish(new PaymentExpired { PaymentId = Guid.NewGuid(), MerchantId = "0c5b…", ExpiredAt = DateTimeOffset.UtcNow });
var isConsumed = await harness.GetConsumerHarness<ReleaseStock>().Consumed.Any<PaymentExpired>(message => message.Exception is null);
Console.WriteLine(isConsumed ? "consumed" : "not consumed");
return isConsumed ? 0 : 1;

internal sealed class ReleaseStock : IConsumer<PaymentExpired>
{
    public Task Consume(ConsumeContext<PaymentExpired> context) => Task.CompletedTask;
}
