using System.Net;
using Gateway.Worker.Webhooks.Sending;
using Microsoft.Security.AntiSSRF;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

public class When_an_address_is_judged
{
    private readonly AddressPolicy _policy = new([]);

    [Theory]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("0.1.2.3", "unspecified")]
    [InlineData("10.0.0.1", "private")]
    [InlineData("10.255.255.255", "private")]
    [InlineData("100.64.0.1", "carrier-grade")]
    [InlineData("100.100.100.200", "carrier-grade")]
    [InlineData("100.127.255.255", "carrier-grade")]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.255.255.254", "loopback")]
    [InlineData("168.63.129.16", "metadata")]
    [InlineData("169.254.169.254", "metadata")]
    [InlineData("169.254.0.1", "link-local")]
    [InlineData("172.16.0.1", "private")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("192.0.0.1", "reserved")]
    [InlineData("192.0.0.192", "reserved")]
    [InlineData("192.0.2.1", "documentation")]
    [InlineData("192.88.99.1", "reserved")]
    [InlineData("192.168.1.1", "private")]
    [InlineData("198.18.0.1", "benchmarking")]
    [InlineData("198.19.255.255", "benchmarking")]
    [InlineData("198.51.100.1", "documentation")]
    [InlineData("203.0.113.1", "documentation")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("239.255.255.255", "multicast")]
    [InlineData("240.0.0.1", "reserved")]
    [InlineData("255.255.255.255", "broadcast")]
    public void Should_refuse_every_special_ipv4_range(string address, string range) => AssertRefused(address, range);

    [Theory]
    [InlineData("::", "unspecified")]
    [InlineData("::1", "loopback")]
    [InlineData("64:ff9b:1::1", "local NAT64")]
    [InlineData("64:ff9b:1:ffff::7f00:1", "local NAT64")]
    [InlineData("100::1", "discard")]
    [InlineData("100:0:0:1::1", "discard")]
    [InlineData("200::1", "outside")]
    [InlineData("2001:1::1", "reserved")]
    [InlineData("2001:2::1", "benchmarking")]
    [InlineData("2001:10::1", "reserved")]
    [InlineData("2001:20::1", "reserved")]
    [InlineData("2001:30::1", "reserved")]
    [InlineData("2001:db8::1", "documentation")]
    [InlineData("2620:4f:8000::1", "reserved")]
    [InlineData("3fff::1", "documentation")]
    [InlineData("3fff:fff:ffff::1", "documentation")]
    [InlineData("4000::1", "outside")]
    [InlineData("5f00::1", "reserved")]
    [InlineData("fc00::1", "unique local")]
    [InlineData("fd00:ec2::254", "unique local")]
    [InlineData("fe80::1", "link-local")]
    [InlineData("fe80::1%1", "link-local")]
    [InlineData("febf::1", "link-local")]
    [InlineData("fec0::1", "site-local")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("2606:4700::1111%1", "zone")]
    public void Should_refuse_every_special_ipv6_range(string address, string range) => AssertRefused(address, range);

    [Theory]
    [InlineData("::ffff:127.0.0.1", "loopback")]
    [InlineData("::ffff:10.0.0.1", "private")]
    [InlineData("::ffff:169.254.169.254", "metadata")]
    [InlineData("::127.0.0.1", "IPv4-compatible")]
    [InlineData("::10.0.0.1", "IPv4-compatible")]
    [InlineData("::8.8.8.8", "IPv4-compatible")]
    [InlineData("::ffff:0:127.0.0.1", "IPv4-translated")]
    [InlineData("64:ff9b::127.0.0.1", "loopback")]
    [InlineData("64:ff9b::10.0.0.1", "private")]
    [InlineData("64:ff9b::169.254.169.254", "metadata")]
    [InlineData("2002:7f00:1::", "6to4")]
    [InlineData("2002:a00:1::1", "6to4")]
    [InlineData("2002:808:808::1", "6to4")]
    [InlineData("2001:0:7f00:1:8000:63bf:3fff:fdd2", "Teredo")]
    [InlineData("2001:0:4136:e378:8000:63bf:80ff:fffe", "Teredo")]
    [InlineData("2606:4700::5efe:10.0.0.1", "private")]
    [InlineData("2606:4700::200:5efe:127.0.0.1", "loopback")]
    public void Should_refuse_a_special_address_inside_another_one(string address, string range) => AssertRefused(address, range);

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2001:200::1")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001::200e")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2606:4700::5efe:8.8.8.8")]
    public void Should_let_public_addresses_through(string address) => Assert.Null(_policy.Refusal(IPAddress.Parse(address)));

    [Fact]
    public void Should_refuse_the_first_and_the_last_address_of_every_range_that_the_list_recommends()
    {
        // NAT64 is judged by what is inside, and its first and last address carry 0.0.0.0 and 255.255.255.255.
        Assert.All(IPAddressRanges.recommendedLatest, range =>
        {
            var network = IPNetwork.Parse(range);
            var last = network.BaseAddress.GetAddressBytes();
            for (var bit = network.PrefixLength; bit < last.Length * 8; bit++)
            {
                last[bit / 8] |= (byte)(0x80 >> (bit % 8));
            }

            Assert.NotNull(_policy.Refusal(network.BaseAddress));
            Assert.NotNull(_policy.Refusal(new IPAddress(last)));
        });
    }

    [Theory]
    [InlineData("127.0.0.0/8", "127.0.0.1")]
    [InlineData("127.0.0.0/8", "::ffff:127.0.0.1")]
    [InlineData("::1/128", "::1")]
    [InlineData("10.1.0.0/16", "10.1.2.3")]
    [InlineData("10.1.0.0/16", "64:ff9b::10.1.2.3")]
    [InlineData("fd00::/8", "fd12::1")]
    [InlineData("2002::/16", "2002:a00:1::1")]
    public void Should_let_through_what_the_operator_allows(string network, string address) =>
        Assert.Null(new AddressPolicy([IPNetwork.Parse(network)]).Refusal(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.0/8", "10.0.0.1")]
    [InlineData("127.0.0.0/8", "::1")]
    [InlineData("127.0.0.0/8", "2002:7f00:1::")]
    [InlineData("10.1.0.0/16", "10.2.0.1")]
    [InlineData("10.1.0.0/16", "64:ff9b::10.2.0.1")]
    public void Should_let_through_nothing_beside_what_the_operator_allows(string network, string address) =>
        Assert.NotNull(new AddressPolicy([IPNetwork.Parse(network)]).Refusal(IPAddress.Parse(address)));

    private void AssertRefused(string address, string range) =>
        Assert.Contains(range, _policy.Refusal(IPAddress.Parse(address)), StringComparison.Ordinal);
}
