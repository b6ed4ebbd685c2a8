using System.Text;
using Gateway.Worker.Webhooks.Sending;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

public class When_an_answer_becomes_text
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("ok", "ok")]
    [InlineData("""{"status":"received"}""", """{"status":"received"}""")]
    [InlineData("đã nhận ✓ 🎉", "đã nhận ✓ 🎉")]
    [InlineData("a\0b", "a b")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("a\u001b[31mb\u007f\u0085", "a [31mb  ")]
    [InlineData("a\u2028b\u2029c", "a b c")]
    [InlineData("a\u202Eb\u2066c", "a\uFFFDb\uFFFDc")]
    public void Should_keep_what_can_be_stored_and_logged(string answer, string text) =>
        Assert.Equal(text, ResponseText.From(Encoding.UTF8.GetBytes(answer)));

    [Fact]
    public void Should_be_null_for_an_empty_answer() => Assert.Null(ResponseText.From([]));

    [Fact]
    public void Should_replace_what_is_no_utf8() =>
        Assert.Equal("a\uFFFDb\uFFFD\uFFFDc\uFFFD", ResponseText.From([(byte)'a', 0xFF, (byte)'b', 0xC0, 0x80, (byte)'c', 0xE2]));

    [Theory]
    [InlineData("x", 1024)]
    [InlineData("é", 1024)]
    [InlineData("€", 1023)]
    [InlineData("🎉", 1024)]
    public void Should_keep_a_kibibyte_without_splitting_a_character(string character, int bytes)
    {
        var text = ResponseText.From(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(character, 2000))))!;

        Assert.Equal(bytes, Strict.GetByteCount(text));
        Assert.Equal(bytes / Encoding.UTF8.GetByteCount(character), text.EnumerateRunes().Count());
    }

    [Fact]
    public void Should_make_text_of_any_bytes()
    {
        var random = new Random(20260301);
        var bytes = new byte[1500];
        Assert.All(Enumerable.Range(0, 500), _ =>
        {
            random.NextBytes(bytes);

            var text = ResponseText.From(bytes.AsSpan(0, random.Next(1, bytes.Length)))!;

            Assert.True(text.Length <= ResponseText.MaxBytes);
            Assert.True(Strict.GetByteCount(text) > 0);
            Assert.DoesNotContain(text, char.IsControl);
        });
    }
}
