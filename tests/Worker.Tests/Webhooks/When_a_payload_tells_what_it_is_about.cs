using System.Text.Json;
using Gateway.Worker.Webhooks;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks;

public sealed class When_a_payload_tells_what_it_is_about
{
    private static readonly PayloadReference Reference = new WebhookOptions().Reference;

    [Theory]
    [InlineData("""{"amount":"25.00","payment_id":"7f0e"}""", "7f0e")]
    [InlineData("""{"order_id":"A-17","payout_id":"o","payment_id":"p"}""", "p")]
    [InlineData("""{"order_id":"A-17","data":{"payment_id":"inside"}}""", "A-17")]
    [InlineData("""{"list":[{"payment_id":"inside"},[1]],"order_id":"A-17"}""", "A-17")]
    [InlineData("""{"order_id":9007199254740993}""", "9007199254740993")]
    [InlineData("""{"order_id":1.10}""", "1.10")]
    [InlineData("""{"order_id":"\u1ed1ng \"1\""}""", "ống \"1\"")]
    [InlineData("""{"payment_id":"","payout_id":null,"order_id":"A-17"}""", "A-17")]
    [InlineData("""{"payment_id":true,"payout_id":{"a":1},"order_id":[]}""", null)]
    [InlineData("""{"payment_id":"\ud800","order_id":"A-17"}""", null)]
    [InlineData("""{}""", null)]
    [InlineData("""[{"payment_id":"p"}]""", null)]
    [InlineData("\"payment_id\"", null)]
    public void Should_find_the_first_field_with_a_text_or_a_number_at_its_top(string payload, string? reference) =>
        Assert.Equal(reference, Reference.Find(JsonElement.Parse(payload)));

    [Fact]
    public void Should_pass_over_what_is_longer_than_its_column()
    {
        var (longest, longer) = (new string('ố', 200), new string('x', 201));

        Assert.Equal(longest, Find(longest));
        Assert.Equal("next", Find(longer));

        static string? Find(string text) =>
            Reference.Find(JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["payment_id"] = text, ["order_id"] = "next" }));
    }

    [Fact]
    public void Should_find_nothing_where_no_field_is_named() =>
        Assert.Null(new PayloadReference([]).Find(JsonElement.Parse("""{"payment_id":"p"}""")));
}
