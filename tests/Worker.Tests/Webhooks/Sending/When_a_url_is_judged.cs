using System.Net;
using Gateway.Worker.Webhooks.Sending;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

public class When_a_url_is_judged
{
    [Theory]
    [InlineData("https://merchant.example/hook")]
    [InlineData("https://merchant.example:80/hook")]
    [InlineData("HTTPS://MERCHANT.EXAMPLE/hook?a=b")]
    [InlineData("https://bücher.example/")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:4700:4700::1111]/")]
    public void Should_let_an_ordinary_url_through(string url) => Assert.Null(Check(url));

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0x7F000001/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://0/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[0:0:0:0:0:0:0:1]/")]
    [InlineData("https://[::1%25lo]/")]
    [InlineData("https://[fe80::1%251]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[::FFFF:127.0.0.1]/")]
    [InlineData("https://[::127.0.0.1]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    public void Should_refuse_every_spelling_of_an_internal_address(string url) =>
        Assert.Contains("is not a public address", Check(url), StringComparison.Ordinal);

    [Theory]
    [InlineData("http://merchant.example/", "not https")]
    [InlineData("ftp://merchant.example/", "not https")]
    [InlineData("file:///etc/passwd", "not https")]
    [InlineData("gopher://merchant.example/", "not https")]
    [InlineData("https://user@merchant.example/", "credentials")]
    [InlineData("https://user:word@merchant.example/", "credentials")]
    [InlineData("https://merchant.example@127.0.0.1/", "credentials")]
    [InlineData("https://merchant.example:22/", "Port 22")]
    [InlineData("https://merchant.example:8443/", "Port 8443")]
    [InlineData("https://merchant.example:0/", "Port 0")]
    [InlineData("/hook", "not absolute")]
    public void Should_refuse_other_schemes_ports_and_credentials(string url, string reason) =>
        Assert.Contains(reason, Check(url), StringComparison.Ordinal);

    [Fact]
    public void Should_not_repeat_credentials_path_or_query()
    {
        var words = Check("https://alice:hunter2@merchant.example/private?token=abc")!;

        Assert.Equal("The URL for merchant.example has credentials in it.", words);
    }

    [Fact]
    public void Should_let_http_through_where_the_operator_allows_it()
    {
        var options = new SendingOptions { AllowHttp = true };

        Assert.Null(Check("http://merchant.example/", options));
        Assert.NotNull(Check("ftp://merchant.example/", options));
    }

    [Fact]
    public void Should_let_any_port_through_where_the_operator_lists_none() =>
        Assert.Null(Check("https://merchant.example:8443/", new SendingOptions { AllowedPorts = [] }));

    [Fact]
    public void Should_let_loopback_through_where_the_operator_allows_it() =>
        Assert.Null(Check("https://2130706433/", new SendingOptions { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")] }));

    private static string? Check(string url, SendingOptions? options = null) =>
        new EndpointGuard(options ?? new SendingOptions(), Dns.GetHostAddressesAsync, TimeProvider.System)
            .Check(new Uri(url, UriKind.RelativeOrAbsolute));
}
