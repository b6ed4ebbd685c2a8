using System.Text;
using MassTransit.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Gateway.Worker.Bus.PublisherTraces;

/// <summary>
/// Hands messages on. The header <c>traceparent</c> (W3C Trace Context), which publishers in any language write, is given the name under
/// which MassTransit looks for it.
/// </summary>
internal sealed class PublishersTraceConsumer(IAsyncBasicConsumer consumer) : IAsyncBasicConsumer
{
    private const string TraceParent = "traceparent";

    // What version 00 of the format is long: another length is none of it.
    private const int Length = 55;

    /// <inheritdoc/>
    public IChannel? Channel => consumer.Channel;

    /// <inheritdoc/>
    public Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken)
    {
        if (properties.Headers is { } headers && !headers.ContainsKey(DiagnosticHeaders.ActivityId)
            && TextOf(headers) is { Length: Length } trace)
        {
            headers[DiagnosticHeaders.ActivityId] = trace;
        }

        return consumer.HandleBasicDeliverAsync(
            consumerTag, deliveryTag, redelivered, exchange, routingKey, properties, body, cancellationToken);
    }

    /// <inheritdoc/>
    public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken) =>
        consumer.HandleBasicCancelAsync(consumerTag, cancellationToken);

    /// <inheritdoc/>
    public Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken) =>
        consumer.HandleBasicCancelOkAsync(consumerTag, cancellationToken);

    /// <inheritdoc/>
    public Task HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken) =>
        consumer.HandleBasicConsumeOkAsync(consumerTag, cancellationToken);

    /// <inheritdoc/>
    public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) =>
        consumer.HandleChannelShutdownAsync(channel, reason);

    private static string? TextOf(IDictionary<string, object?> headers) => headers.TryGetValue(TraceParent, out var value)
        ? value switch
        {
            byte[] { Length: Length } bytes => Encoding.ASCII.GetString(bytes),
            string text => text,
            _ => null,
        }
        : null;
}
