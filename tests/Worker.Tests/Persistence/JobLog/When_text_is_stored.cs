using Gateway.Persistence.JobLog;
using Xunit;

namespace Gateway.Worker.Tests.Persistence.JobLog;

public class When_text_is_stored
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("phở", "phở")]
    [InlineData("a\0b\0", "ab")]
    [InlineData("🍜", "🍜")]
    [InlineData("12345678", "12345678")]
    [InlineData("123456789", "12345678")]
    [InlineData("1234567🍜", "1234567")]
    [InlineData("123456🍜", "123456🍜")]
    public void Should_become_what_a_database_takes(string? text, string? stored) => Assert.Equal(stored, StorableText.From(text, 8));

    [Fact]
    public void Should_lose_half_a_surrogate_pair()
    {
        Assert.Equal("a\ufffdb", StorableText.From("a\ud800b", 8));
        Assert.Equal("\ufffd", StorableText.From("\udc00", 8));
    }

    [Fact]
    public void Should_stay_the_same_object_when_nothing_is_wrong_with_it()
    {
        var text = new string('a', 8);

        Assert.Same(text, StorableText.From(text, 8));
    }
}
