using System.Text.Json;
using CsCheck;
using Gateway.Worker.Bus.Envelopes;
using MassTransit;
using MassTransit.Serialization;
using RabbitMQ.Client;
using Xunit;

namespace Gateway.Worker.Tests.Bus.Envelopes;

public class When_a_publisher_sets_headers
{
    private static readonly Gen<object> Values = Gen.OneOf(
        Gen.String.Select(text => (object)text),
        Gen.Int.Select(number => (object)number),
        Gen.Long.Select(number => (object)number),
        Gen.Double.Select(number => (object)number),
        Gen.Float.Select(number => (object)number),
        Gen.Bool.Select(value => (object)value),
        Gen.Long.Select(number => (object)new AmqpTimestamp(number)),
        Gen.Byte.Array.Select(bytes => (object)bytes),
        Gen.Int[1, 100].Select(Nested),
        Some<object>(double.NaN, float.PositiveInfinity, "", " ", new List<object> { double.NaN }, new Dictionary<string, object> { [""] = 1 }));

    private static readonly Gen<string> Names = Gen.OneOf(
        Gen.String,
        Some("", " ", "x", MessageHeaders.RedeliveryCount, MessageHeaders.OriginalMessageId, MessageHeaders.Host.Info, "MT-Activity-Correlation-Context"));

    [Fact]
    public void Should_read_them_and_send_them_on_whatever_they_are() =>
        Gen.Dictionary(Names, Values)[0, 5].Sample(written =>
        {
            var headers = new CheckedHeaders(new ReadOnlyDictionaryHeaders(SystemTextJsonMessageSerializer.Instance, written));

            foreach (var name in written.Keys)
            {
                headers.Get<string>(name);
                headers.Get<HostInfo>(name);
                headers.Get<Guid>(name);
                Assert.InRange(headers.Get<int>(MessageHeaders.RedeliveryCount) ?? 0, 0, 1000);
            }

            var sentOn = JsonSerializer.Serialize(headers.GetAll().ToDictionary(), SystemTextJsonMessageSerializer.Options);
            // Whose case is one on the other side.
            var names = headers.Select(header => header.Key).Distinct(StringComparer.OrdinalIgnoreCase);
            Assert.Equal(names.Count(), JsonSerializer.Deserialize<Dictionary<string, object>>(sentOn, SystemTextJsonMessageSerializer.Options)!.Count);
        });

    [Theory]
    [InlineData("x", "text")]
    [InlineData("x", 7L)]
    [InlineData("x", 0.5)]
    [InlineData("x", false)]
    [InlineData(MessageHeaders.RedeliveryCount, 3)]
    [InlineData(MessageHeaders.RedeliveryCount, "3")]
    [InlineData(MessageHeaders.OriginalMessageId, "0197d3a2-6f7e-7c1d-9f4e-3f1f0a6b2c11")]
    public void Should_keep_those_that_can_be(string name, object value)
    {
        var headers = new CheckedHeaders(new DictionarySendHeaders(new Dictionary<string, object?> { [name] = value }));

        Assert.True(headers.TryGetHeader(name, out var kept));
        Assert.Equal(value, kept);
        Assert.Equal(new KeyValuePair<string, object>(name, value), Assert.Single(headers.GetAll()));
    }

    [Theory]
    [InlineData(MessageHeaders.RedeliveryCount, "many")]
    [InlineData(MessageHeaders.RedeliveryCount, -1)]
    [InlineData(MessageHeaders.RedeliveryCount, int.MaxValue)]
    [InlineData(MessageHeaders.OriginalMessageId, "order-7")]
    [InlineData("MT-Activity-Correlation-Context", "baggage")]
    public void Should_pass_over_those_of_the_bus_that_cannot_be(string name, object value)
    {
        var headers = new CheckedHeaders(new DictionarySendHeaders(new Dictionary<string, object?> { [name] = value }));

        Assert.False(headers.TryGetHeader(name, out _));
        Assert.Empty(headers.GetAll());
    }

    private static Gen<T> Some<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static object Nested(int depth) => depth == 0 ? "text" : new Dictionary<string, object> { ["a"] = Nested(depth - 1) };
}
