using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace Gateway.Testing.Messaging;

/// <summary>A message as RabbitMQ holds it.</summary>
/// <param name="Body">Its bytes.</param>
/// <param name="Properties">Those of AMQP, with the headers.</param>
public sealed record BrokerMessage(byte[] Body, IReadOnlyBasicProperties Properties)
{
    /// <summary>The body as text.</summary>
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
