using Gateway.Worker.Wallets;
using Xunit;

namespace Gateway.Worker.Tests.Wallets;

/// <summary>What trials found (docs/faults.md: D15).</summary>
public class When_a_server_says_something
{
    private static readonly Uri Url = new("https://user:pass-word@rpc.example/v2/s3cr3t-key-of-mine?api-key=an%20other%20secret&net=main");

    [Theory]
    [InlineData("rate limit exceeded", "rate limit exceeded")]
    [InlineData("no access for S3CR3T-KEY-OF-MINE", "no access for ***")]
    [InlineData("https://rpc.example/v2/s3cr3t-key-of-mine?api-key=an%20other%20secret", "https://rpc.example/v2/***?api-key=***")]
    [InlineData("user:pass-word and an other secret", "user:*** and ***")]
    [InlineData("one\r\ntwo\u0007\u202ethree\u2028", "one  two  three")]
    public void Should_tell_it_on_one_line_without_what_may_be_a_key(string text, string told) => Assert.Equal(told, RpcText.Clean(text, Url));

    [Fact]
    public void Should_tell_no_more_than_200_characters() => Assert.Equal(new string('x', 200) + "…", RpcText.Clean(new string('x', 1_000_000), Url));
}
