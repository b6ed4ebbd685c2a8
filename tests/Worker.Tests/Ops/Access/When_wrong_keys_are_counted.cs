using System.Net;
using Gateway.Worker.Ops.Access;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Access;

public sealed class When_wrong_keys_are_counted
{
    private static readonly IPAddress Address = IPAddress.Parse("203.0.113.7");

    [Fact]
    public void Should_block_an_address_after_ten()
    {
        using var keys = new WrongKeys();
        for (var i = 0; i < 10; i++)
        {
            Assert.False(keys.IsBlocked(Address));
            keys.Count(Address);
        }

        Assert.True(keys.IsBlocked(Address));
        Assert.False(keys.IsBlocked(IPAddress.Parse("203.0.113.8")));
    }

    [Fact]
    public void Should_block_it_again_after_one_more_try_was_given_back()
    {
        using var keys = new WrongKeys(TimeSpan.FromMilliseconds(30));
        for (var round = 0; round < 3; round++)
        {
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    keys.Count(Address);
                    return keys.IsBlocked(Address);
                },
                TimeSpan.FromSeconds(30)));
            Assert.True(SpinWait.SpinUntil(() => !keys.IsBlocked(Address), TimeSpan.FromSeconds(30)));
        }
    }
}
