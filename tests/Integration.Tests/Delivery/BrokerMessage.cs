using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace Gateway.Integration.Tests.Delivery;

/// <summary>A message as RabbitMQ holds it.</summary>
public sealed record BrokerMessage(byte[] Body, IReadOnlyBasicProperties Properties)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The contract message inside MassTransit's envelope.</summary>
    public JsonElement Enveloped => JsonElement.Parse(Body).GetProperty("message");

    /// <summary>A header as text, as the management UI shows it; null when there is none.</summary>
    public string? Header(string name)
    {
        if (Properties.Headers is { } headers && headers.TryGetValue(name, out var value))
        {
            return value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : value?.ToString();
        }

        return null;
    }
}
