using System.Text;
using System.Text.Json;
using CsCheck;
using Gateway.Contracts;
using Gateway.Worker.Bus.Envelopes;
using MassTransit;
using MassTransit.Context;
using MassTransit.Serialization;
using Xunit;

namespace Gateway.Worker.Tests.Bus.Envelopes;

/// <summary>The library's own reader is the measure: the same envelope must mean the same.</summary>
public class When_an_envelope_is_read
{
    private const string Message =
        """{"delivery_id":"0197d3a2-6f7e-7c1d-9f4e-3f1f0a6b2c11","merchant_id":"0197d3a2-6f7e-7c1d-9f4e-3f1f0a6b2c12","event":"payment.completed","payload":{"amount":"12.50","note":"ünï \u00e9 \" }"},"attempt":2,"occurred_at":"2026-03-01T08:00:00.1234567+07:00"}""";

    private const string Types = """["urn:message:Gateway.Contracts:DeliverWebhook"]""";

    private static readonly string Whole = $$"""
        {
          "messageId": "a3040000-5d4b-0015-8c9d-08de2c1f0e01", "requestId": null, "correlationId": "a3040000-5d4b-0015-8c9d-08de2c1f0e02",
          "conversationId": "a3040000-5d4b-0015-8c9d-08de2c1f0e03", "initiatorId": "a3040000-5d4b-0015-8c9d-08de2c1f0e04",
          "sourceAddress": "rabbitmq://broker/a", "destinationAddress": "rabbitmq://broker/b", "responseAddress": null, "faultAddress": "rabbitmq://broker/c",
          "messageType": ["urn:message:Somebody:Else", "URN:message:gateway.contracts:deliverwebhook"],
          "message": {{Message}},
          "expirationTime": "2031-01-02T03:04:05.678Z", "sentTime": "2026-03-01T01:00:00.1234567Z",
          "headers": {"MT-Redelivery-Count": 3, "text": "t", "yes": true, "nothing": null, "deep": {"a": [1, 2]} },
          "host": {"machineName": "gateway", "processName": "pay", "processId": 7, "assembly": "Pay", "frameworkVersion": "10.0.0", "massTransitVersion": "8.5.12"}
        }
        """;

    // Of its own: a bus that another test builds meanwhile changes the library's.
    private static readonly JsonSerializerOptions Options = new(SystemTextJsonMessageSerializer.Options);

    private readonly EnvelopeDeserializer _ours = new();
    private readonly SystemTextJsonMessageSerializer _library = new();

    public static TheoryData<string> Envelopes =>
    [
        $$"""{"messageType":{{Types}},"message":{{Message}} }""",
        $$"""{"message":{{Message}},"messageType":{{Types}},"messageId":"0197d3a2-6f7e-7c1d-9f4e-3f1f0a6b2c13"}""",
        Whole,
        $$"""{"messageType":{{Types}},"message":{{Message}},"headers":null,"host":null,"expirationTime":null,"sentTime":null,"tomorrow":{"a":[{}]} }""",
        $$"""{"MESSAGETYPE":{{Types}},"Message":{{Message}},"MessageId":"0197d3a2-6f7e-7c1d-9f4e-3f1f0a6b2c13"}""",
        $$"""{"messageType":{{Types}},"message":{"a":1},"message":{{Message}} }""",
        $$"""{"message\u0054ype":{{Types}},"message":{{Message}} }""",
        $$"""{"messageType":["urn:message:Somebody:Else"],"message":{{Message}} }""",
        $$"""{"messageType":[],"message":{{Message}} }""",
        $$"""{"message":{{Message}} }""",
        $$"""{"messageType":null,"message":{{Message}} }""",
        $$"""{"messageType":{{Types}},"message":null}""",
        $$"""{"messageType":{{Types}},"message":"text"}""",
        $$"""{"messageType":{{Types}},"message":{"event":5} }""",
        $$"""{"messageType":{{Types}} }""",
        $$"""{"messageType":"urn:message:Gateway.Contracts:DeliverWebhook","message":{{Message}} }""",
        $$"""{"messageType":[1],"message":{{Message}} }""",
        $$"""{"messageId":5,"messageType":{{Types}},"message":{{Message}} }""",
        $$"""{"messageId":"no id","messageType":{{Types}},"message":{{Message}} }""",
        $$"""{"sourceAddress":"no address","messageType":{{Types}},"message":{{Message}} }""",
        $$"""{"sentTime":"yesterday","messageType":{{Types}},"message":{{Message}} }""",
        $$"""{"headers":[],"messageType":{{Types}},"message":{{Message}} }""",
        $$"""{"messageType":{{Types}},"message":{{Message}},}""",
        $$"""{"messageType":{{Types}},"message":{{Message}} } {}""",
        $$"""{"messageType":{{Types}},"message":{{Message}}""",
        $$"""{"messageType":{{Types}},/* a remark */"message":{{Message}} }""",
        $$"""[{"messageType":{{Types}},"message":{{Message}} }]""",
        $$"""{"messageType":{{Types}},"message":{"event":"\ud800"} }""",
        $$"""{"messageId":"\ud800","messageType":{{Types}},"message":{{Message}} }""",
        $$"""{"messageType":{{Types}},"message":{{new string('[', 70)}}{{new string(']', 70)}} }""",
        "null",
        "",
        "no json",
    ];

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void Should_mean_what_it_means_to_the_library(string envelope) =>
        Assert.Equal(Describe(_library, Encoding.UTF8.GetBytes(envelope)), Describe(_ours, Encoding.UTF8.GetBytes(envelope)));

    [Fact]
    public void Should_mean_the_same_however_it_is_damaged()
    {
        // Without its host, which is the one part that ours is easier on.
        var whole = Encoding.UTF8.GetBytes(Whole.Replace("\"host\": {", "\"ghost\": {", StringComparison.Ordinal));

        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((place, value) =>
        {
            byte[] damaged = [.. whole];
            damaged[place] = value;
            Assert.Equal(Describe(_library, damaged), Describe(_ours, damaged));
        });
    }

    [Fact]
    public void Should_be_sent_on_as_it_came()
    {
        var body = Encoding.UTF8.GetBytes(Whole);

        Assert.Equal(Forwarded(_library, body), Forwarded(_ours, body));
        Assert.Contains("ünï", Forwarded(_ours, body), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_not_refuse_a_message_for_a_sender_that_cannot_be_read()
    {
        var body = Encoding.UTF8.GetBytes($$"""{"host":"me","messageType":{{Types}},"message":{{Message}} }""");

        var context = _ours.Deserialize(new BytesMessageBody(body), EmptyHeaders.Instance);

        Assert.Null(context.Host.MachineName);
        Assert.True(context.TryGetMessage<DeliverWebhook>(out var message));
        Assert.Equal("payment.completed", message!.Event);
    }

    private static string Forwarded(IMessageDeserializer deserializer, byte[] body)
    {
        var context = deserializer.Deserialize(new BytesMessageBody(body), EmptyHeaders.Instance);
        return context.GetMessageSerializer().GetMessageBody(new MessageSendContext<object>(new object()) { MessageId = Guid.Empty }).GetString();
    }

    /// <summary>All that a consumer can see, or how it fails.</summary>
    private static string Describe(IMessageDeserializer deserializer, byte[] body)
    {
        SerializerContext context;
        try
        {
            context = deserializer.Deserialize(new BytesMessageBody(body), EmptyHeaders.Instance);
        }
        catch (Exception exception)
        {
            return $"unreadable: {exception.GetType()} {exception.Message}";
        }

        return string.Join(
            '\n',
            See(() => context.MessageId),
            See(() => context.RequestId),
            See(() => context.CorrelationId),
            See(() => context.ConversationId),
            See(() => context.InitiatorId),
            See(() => context.SourceAddress),
            See(() => context.DestinationAddress),
            See(() => context.ResponseAddress),
            See(() => context.FaultAddress),
            See(() => context.ExpirationTime),
            See(() => context.SentTime),
            See(() => context.SupportedMessageTypes),
            See(() => context.Headers.GetAll().ToDictionary(header => header.Key, header => header.Value)),
            See(() => context.Headers.Get<int>("mt-redelivery-count")),
            See(() => context.Host),
            See(() => context.TryGetMessage<DeliverWebhook>(out var message) ? message! with { DeliveryId = KnownOrNone(message!.DeliveryId) } : null),
            See(() => context.TryGetMessage<ExpirePayments>(out var message) ? message : null));
    }

    // A message without an id gets a new one each time it is read.
    private static Guid KnownOrNone(Guid id) => Message.Contains(id.ToString(), StringComparison.Ordinal) ? id : Guid.Empty;

    private static string See<T>(Func<T> look)
    {
        try
        {
            return JsonSerializer.Serialize(look(), Options);
        }
        catch (Exception exception)
        {
            return exception.GetType().ToString();
        }
    }
}
