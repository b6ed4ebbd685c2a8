#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
#:package MassTransit.RabbitMQ@8.5.12
#:project ../../src/Contracts/Gateway.Contracts.csproj
using Gateway.Contracts;
using MassTransit;

var builder = Host.CreateApplicationBuilder(args);
var broker = new Uri(builder.Configuration["RABBITMQ"] ?? "amqp://guest:guest@localhost:5672/");
builder.Services.AddMassTransit(bus =>
{
    bus.AddConsumer<ReleaseStock>().Endpoint(endpoint => endpoint.Name = "shop-release-stock"); // a queue of your own
    bus.UsingRabbitMq((context, rabbit) =>
    {
        rabbit.Host(broker);
        rabbit.ConfigureEndpoints(context);
    });
});
await builder.Build().RunAsync();

internal sealed class ReleaseStock(ILogger<ReleaseStock> log) : IConsumer<PaymentExpired>
{
    public Task Consume(ConsumeContext<PaymentExpired> context)
    {
        log.LogInformation("Payment {PaymentId} expired at {ExpiredAt}", context.Message.PaymentId, context.Message.ExpiredAt);
        return Task.CompletedTask;
    }
}
