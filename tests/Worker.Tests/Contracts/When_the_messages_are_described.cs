using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Gateway.Contracts;
using Gateway.Worker.Bus;
using Gateway.Worker.Payments;
using Gateway.Worker.Settlement;
using Gateway.Worker.Wallets;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Endpoints;
using MassTransit;
using MassTransit.RabbitMqTransport;
using MassTransit.Serialization;
using Xunit;

namespace Gateway.Worker.Tests.Contracts;

public class When_the_messages_are_described
{
    private const string EnvelopeType = "application/vnd.masstransit+json";

    /// <summary>What is part of a message and none itself.</summary>
    private static readonly Type[] Parts = [typeof(WebhookAttemptRecorded)];

    private static readonly Type[] Contracts =
        [.. typeof(DeliverWebhook).Assembly.GetExportedTypes().Except(Parts).OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>What others may ask for, and the queue that takes it. All other messages are events.</summary>
    private static readonly Dictionary<string, string> Commands = new()
    {
        [nameof(DeliverWebhook)] = QueueNames.Webhooks,
        [nameof(ExpirePayments)] = ExpirePaymentsJob.Definition.Queue,
        [nameof(CheckWalletBalances)] = CheckWalletBalancesJob.Definition.Queue,
        [nameof(GenerateSettlementReport)] = GenerateSettlementReportJob.Definition.Queue,
    };

    private static readonly string[] Chains = [WalletOptions.Solana, WalletOptions.Bsc];

    private static readonly string[] AttemptReasons =
        [.. Enum.GetValues<AttemptOutcome>().Where(outcome => outcome != AttemptOutcome.Succeeded).Select(AttemptReason.Of)];

    /// <summary>The properties that hold one of a few words.</summary>
    private static readonly Dictionary<string, string[]> Words = new()
    {
        ["WebhookAttemptFailed.reason"] = AttemptReasons,
        ["WebhookExhausted.reason"] = AttemptReasons,
        ["WebhookAttemptRecorded.reason"] = AttemptReasons,
        ["WebhookEndpointDisabled.reason"] = [AttemptReason.Of(AttemptOutcome.Gone), EndpointRules.Failing, EndpointHealth.ByOperator],
        ["WalletBalanceOutOfRange.chain"] = Chains,
        ["WalletBalanceBackInRange.chain"] = Chains,
    };

    /// <summary>Reads as the bus does, and takes no property that the contract does not have.</summary>
    private static readonly JsonSerializerOptions Strict =
        new(SystemTextJsonMessageSerializer.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private readonly AsyncApiDocument _document = AsyncApiDocument.Read();

    public static TheoryData<Type> AllContracts => [.. Contracts];

    public static TheoryData<Type> AllSchemas => [.. Contracts, .. Parts];

    [Fact]
    public void Should_describe_every_contract_and_no_other()
    {
        var names = Contracts.Select(type => type.Name).ToArray();

        Assert.Equal(Sorted([.. names, .. Parts.Select(type => type.Name), "Envelope"]), Sorted(Keys(_document.Schemas)));
        Assert.Equal(Sorted([.. names, .. Commands.Keys.Select(name => name + ".json")]), Sorted(Keys(_document.Messages)));
        Assert.Equal(Sorted([.. names, .. Commands.Values]), Sorted(Keys(_document.Channels)));
        Assert.Equal(
            Sorted([.. names, .. Commands.Values]),
            Sorted(_document.Operations.Select(operation => _document.Follow(operation.Value!["channel"]!).Name!)));
    }

    [Theory]
    [MemberData(nameof(AllSchemas))]
    public void Should_describe_each_property_as_it_is_on_the_wire(Type contract)
    {
        var schema = _document.Schemas[contract.Name]!;
        var properties = contract.GetProperties().Where(property => property.Name != "EqualityContract").ToArray();

        Assert.Equal("object", schema["type"]!.GetValue<string>());
        Assert.Equal(
            Sorted(properties.Where(IsRequired).Select(NameOf)),
            Sorted(schema["required"]?.AsArray().Select(name => name!.GetValue<string>()) ?? []));
        Assert.Equal(Sorted(properties.Select(NameOf)), Sorted(Keys(schema["properties"]!.AsObject())));
        foreach (var property in properties)
        {
            var described = schema["properties"]![NameOf(property)]!.DeepClone().AsObject();
            described.Remove("description");
            Assert.True(
                JsonNode.DeepEquals(Expected(contract, property), described),
                $"{contract.Name}.{NameOf(property)} is {Expected(contract, property).ToJsonString()} and described as {described.ToJsonString()}");
        }
    }

    [Theory]
    [MemberData(nameof(AllContracts))]
    public void Should_name_exchange_queue_and_message_type(Type contract)
    {
        var name = contract.Name;
        var exchange = new RabbitMqMessageNameFormatter().GetMessageName(contract).ToString();
        var channel = _document.Channels[name]!;
        Assert.Equal(exchange, channel["address"]!.GetValue<string>());
        AssertSame($$$"""{"is":"routingKey","exchange":{"name":"{{{exchange}}}","type":"fanout","durable":true,"autoDelete":false}}""", channel["bindings"]!["amqp"]!);

        var envelope = _document.Messages[name]!;
        var urn = MessageUrn.ForTypeString(contract);
        Assert.Equal(name, envelope["name"]!.GetValue<string>());
        Assert.Equal(EnvelopeType, envelope["contentType"]!.GetValue<string>());
        AssertSame(
            $$$$"""
            [{"$ref":"#/components/schemas/Envelope"},
             {"properties":{"messageType":{"contains":{"const":"{{{{urn}}}}"}},"message":{"$ref":"#/components/schemas/{{{{name}}}}"}}}]
            """,
            envelope["payload"]!["allOf"]!);

        List<JsonNode> channels = [channel];
        if (Commands.TryGetValue(name, out var queue))
        {
            channels.Add(_document.Channels[queue]!);
            Assert.Equal(queue, channels[1]["address"]!.GetValue<string>());
            AssertSame($$$"""{"is":"queue","queue":{"name":"{{{queue}}}","durable":true,"exclusive":false,"autoDelete":false}}""", channels[1]["bindings"]!["amqp"]!);

            var plain = _document.Messages[name + ".json"]!;
            Assert.Equal(name, plain["name"]!.GetValue<string>());
            Assert.Equal("application/json", plain["contentType"]!.GetValue<string>());
            Assert.Equal(name, _document.Follow(plain["payload"]!).Name);
        }

        string[] contents = queue is null ? [name] : [name, name + ".json"];
        Assert.All(channels, at => Assert.Equal(contents, at["messages"]!.AsObject().Select(message => _document.Follow(message.Value!).Name)));
        Assert.All(
            _document.Operations.Where(operation => channels.Contains(_document.Follow(operation.Value!["channel"]!).Node)),
            operation => Assert.Equal(queue is null ? "send" : "receive", operation.Value!["action"]!.GetValue<string>()));
    }

    [Theory]
    [MemberData(nameof(AllContracts))]
    public void Should_give_examples_that_the_bus_reads(Type contract)
    {
        foreach (var (name, message) in _document.Messages.Where(message => message.Value!["name"]!.GetValue<string>() == contract.Name))
        {
            var payload = Assert.Single(message!["examples"]!.AsArray())!["payload"]!;
            var example = payload;
            if (message["contentType"]!.GetValue<string>() == EnvelopeType)
            {
                var envelope = payload.Deserialize<JsonMessageEnvelope>(Strict)!;
                Assert.Equal([MessageUrn.ForTypeString(contract)], envelope.MessageType!);
                Assert.NotNull(envelope.MessageId);
                example = payload["message"]!;
            }

            // Written again it holds every property, so that nothing of the example was passed over and nothing is missing from it.
            var written = JsonSerializer.SerializeToNode(example.Deserialize(contract, Strict), contract, Strict)!;
            Assert.True(
                Sorted(Keys(written.AsObject())).SequenceEqual(Sorted(Keys(example.AsObject()))),
                $"the example of {name} leaves out a property: {example.ToJsonString()}");
            Assert.All(
                Words.Where(words => words.Key.StartsWith(contract.Name + ".", StringComparison.Ordinal)),
                words => Assert.Contains(example[words.Key.Split('.')[1]]!.GetValue<string>(), words.Value));
        }
    }

    private static JsonObject Expected(Type contract, PropertyInfo property)
    {
        var underlying = Nullable.GetUnderlyingType(property.PropertyType);
        var isNullable = underlying is not null || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
        var type = underlying ?? property.PropertyType;
        if (Contracts.Contains(type))
        {
            return Reference(type);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            return new JsonObject { ["type"] = "array", ["items"] = Reference(type.GenericTypeArguments[0]) };
        }

        var (json, format) = type switch
        {
            _ when type == typeof(string) => ("string", null),
            _ when type == typeof(Guid) => ("string", "uuid"),
            _ when type == typeof(DateTimeOffset) => ("string", "date-time"),
            _ when type == typeof(DateOnly) => ("string", "date"),
            _ when type == typeof(int) => ("integer", "int32"),
            // The specification has no format for a number of 16 bits.
            _ when type == typeof(short) => ("integer", null),
            _ when type == typeof(bool) => ("boolean", null),
            _ when type == typeof(JsonElement) => ("object", null),
            // The serializer decides whether money is a number or text.
            _ when type == typeof(decimal) => (JsonSerializer.SerializeToElement(1m, Strict).ValueKind == JsonValueKind.String ? "string" : "number", (string?)null),
            _ => throw new NotSupportedException($"say here how {type} looks in JSON"),
        };
        var expected = new JsonObject { ["type"] = isNullable ? new JsonArray(json, "null") : json };
        if (format is not null)
        {
            expected["format"] = format;
        }

        if (Words.TryGetValue($"{contract.Name}.{NameOf(property)}", out var words))
        {
            expected["enum"] = new JsonArray([.. isNullable ? words.Append(null) : words]);
        }

        if (!IsRequired(property) && !isNullable && (type == typeof(int) || type == typeof(short) || type == typeof(bool)))
        {
            expected["default"] = JsonSerializer.SerializeToNode(property.GetValue(Activator.CreateInstance(contract)), type);
        }

        return expected;
    }

    private static JsonObject Reference(Type type) => new() { ["$ref"] = $"#/components/schemas/{type.Name}" };

    private static bool IsRequired(PropertyInfo property) => property.IsDefined(typeof(RequiredMemberAttribute));

    private static string NameOf(PropertyInfo property) => property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;

    private static void AssertSame(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"{actual.ToJsonString()} is not {expected}");

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Keys(JsonObject node) => node.Select(pair => pair.Key);
}
