#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
#:package MassTransit.RabbitMQ@8.5.12
#:project ../../src/Contracts/Gateway.Contracts.csproj
using System.Text.Json;
using Gateway.Contracts;
using MassTransit;

var builder = Host.CreateApplicationBuilder(args);
var broker = new Uri(builder.Configuration["RABBITMQ"] ?? "amqp://guest:guest@localhost:5672/");
if (builder.Configuration["MERCHANT_ID"] is not { Length: > 0 } merchantId)
{
    Console.Error.WriteLine("Set MERCHANT_ID.");
    return 2;
}

builder.Logging.AddFilter("MassTransit", LogLevel.None); // said once, below
builder.Services.AddMassTransit(bus => bus.UsingRabbitMq((context, rabbit) => rabbit.Host(broker)));
using var app = builder.Build();
await app.StartAsync();
var webhook = new DeliverWebhook
{
    MerchantId = merchantId,
    Event = "payment.completed",
    Payload = JsonSerializer.SerializeToElement(new { payment_id = Guid.NewGuid(), amount = "25.00", currency = "USDT" }),
};
try
{
    await app.Services.GetRequiredService<IBus>().Publish(webhook).WaitAsync(TimeSpan.FromSeconds(20)); // until the broker has it
}
catch (Exception failure)
{
    Console.Error.WriteLine($"RabbitMQ at {broker.Host}:{broker.Port}{broker.AbsolutePath} does not take it: {failure.GetBaseException().Message}");
    return 1;
}

Console.WriteLine(webhook.DeliveryId); // for 'Gateway.Worker job'
await app.StopAsync();
return 0;
