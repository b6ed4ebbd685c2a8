#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
#:package MassTransit.RabbitMQ@8.5.12
#:project ../../src/Contracts/Gateway.Contracts.csproj
using System.Text.Json;
using Gateway.Contracts;
using MassTransit;

var builder = WebApplication.CreateBuilder(args);
var broker = new Uri(builder.Configuration["RABBITMQ"] ?? "amqp://guest:guest@localhost:5672/");
builder.Services.AddMassTransit(bus => bus.UsingRabbitMq((context, rabbit) => rabbit.Host(broker)));
await using var app = builder.Build();
await app.StartAsync();
await app.Services.GetRequiredService<IBus>().Publish(new DeliverWebhook
{
    MerchantId = builder.Configuration["MERCHANT_ID"] ?? throw new InvalidOperationException("Set MERCHANT_ID."),
    Event = "payment.completed",
    Payload = JsonSerializer.SerializeToElement(new { payment_id = Guid.NewGuid(), amount = "25.00", currency = "USDT" }),
});
await app.StopAsync();
