using Gateway.Worker.Dashboard.Parts;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_strangers_write_text
{
    [Theory]
    [InlineData("Söhne & Co. 😀\n", "Söhne & Co. 😀\n")]
    [InlineData("a\0b\u001b", "a␀b␛")]
    [InlineData("\u202eabc\u2066", "␦abc␦")]
    [InlineData("half \ud83d of a pair", "half \ufffd of a pair")]
    [InlineData("\udc00", "\ufffd")]
    [InlineData(null, "")]
    public void Should_be_seen_for_what_it_is(string? text, string shown) => Assert.Equal(shown, Foreign.Visible(text));
}
