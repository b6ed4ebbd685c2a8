using Gateway.Worker.Dashboard.Parts;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_strangers_write_text
{
    [Theory]
    [InlineData("Söhne & Co. 😀\n", "Söhne & Co. 😀\n")]
    [InlineData("a\0b\u001b", "a␀b␛")]
    [InlineData("\u202eabc\u2066", "␦abc␦")]
    [InlineData(null, "")]
    public void Should_be_seen_for_what_it_is(string? text, string shown) => Assert.Equal(shown, Foreign.Visible(text));

    // Not as data of a test, which cannot be such text.
    [Fact]
    public void Should_be_seen_where_half_of_a_pair_is_missing() =>
        Assert.Equal("a \ufffd b \ufffd", Foreign.Visible("a \ud83d b \udc00"));
}
