using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Worker.Webhooks.Attempts;
using Gateway.Worker.Webhooks.Sending;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Sending;

/// <summary>A certificate for other names is told in words. (docs/faults.md: F4a)</summary>
public sealed class When_an_endpoint_uses_tls : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly DateTimeOffset Today = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _authority = Issue("Authority", issuer: null, isAuthority: true);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_succeed_with_a_good_certificate()
    {
        using var certificate = Issue("merchant.example", _authority);

        var result = await AttemptAsync(certificate);

        Assert.Equal((AttemptOutcome.Succeeded, "ok"), (result.Outcome, result.Detail));
    }

    [Fact]
    public async Task Should_use_the_connection_again()
    {
        using var certificate = Issue("merchant.example", _authority);
        await using var endpoint = new Endpoint(Ok, Present(certificate));
        using var sender = Trusting(_authority);

        await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example", "https")), Token);
        await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example", "https")), Token);

        Assert.Equal(1, endpoint.Accepted);
    }

    [Fact]
    public async Task Should_refuse_a_certificate_for_another_name()
    {
        using var certificate = Issue("other.example", _authority);

        var result = await AttemptAsync(certificate);

        Assert.Equal(AttemptOutcome.Tls, result.Outcome);
        Assert.Contains("its certificate is for other names and not for merchant.example.", result.Detail, StringComparison.Ordinal);
        Assert.Contains("RemoteCertificateNameMismatch", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_say_why_a_wildcard_does_not_hold_for_a_name_with_an_underscore()
    {
        using var certificate = Issue("*.shop.example", _authority);
        await using var endpoint = new Endpoint(Ok, Present(certificate));
        using var sender = Trusting(_authority);

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("my_hooks.shop.example", "https")), Token);
        var other = await sender.SendAsync(Loopback.Request(endpoint.Url("my-hooks.shop.example", "https")), Token);

        Assert.Equal((AttemptOutcome.Tls, AttemptOutcome.Succeeded), (result.Outcome, other.Outcome));
        Assert.Contains("A wildcard does not stand for a name with an underscore.", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_verify_the_name_inside_a_proxys_connection_too()
    {
        using var certificate = Issue("merchant.example", _authority);
        await using var endpoint = new Endpoint(Ok, Present(certificate));
        await using var proxy = new ConnectProxy();
        using var sender = Trusting(_authority, proxy);

        var good = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example", "https")), Token);
        var bad = await sender.SendAsync(Loopback.Request(endpoint.Url("other.example", "https")), Token);

        Assert.Equal((AttemptOutcome.Succeeded, AttemptOutcome.Tls, 2), (good.Outcome, bad.Outcome, proxy.Heads.Count));
    }

    [Fact]
    public async Task Should_refuse_an_expired_certificate()
    {
        using var certificate = Issue("merchant.example", _authority, until: Today.AddDays(-1));

        var result = await AttemptAsync(certificate);

        Assert.Equal(AttemptOutcome.Tls, result.Outcome);
        Assert.Contains("NotTimeValid", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_a_self_signed_certificate()
    {
        using var certificate = Issue("merchant.example", issuer: null);

        var result = await AttemptAsync(certificate);

        Assert.Equal(AttemptOutcome.Tls, result.Outcome);
        Assert.Contains("UntrustedRoot", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_an_authority_that_the_system_does_not_know()
    {
        using var certificate = Issue("merchant.example", _authority);
        await using var endpoint = new Endpoint(Ok, Present(certificate));
        using var sender = Loopback.Sender(resolve: Loopback.ResolvesTo(IPAddress.Loopback));

        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example", "https")), Token);

        Assert.Equal(AttemptOutcome.Tls, result.Outcome);
    }

    [Fact]
    public async Task Should_call_plain_http_on_a_tls_port_a_failed_handshake()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sender = Trusting(_authority);
        var url = new Uri($"https://merchant.example:{((IPEndPoint)listener.LocalEndpoint).Port}/");

        var sending = sender.SendAsync(Loopback.Request(url), Token);
        using var connection = await listener.AcceptSocketAsync(Token);
        await connection.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Token);
        var result = await sending;

        Assert.Equal(AttemptOutcome.Tls, result.Outcome);
        Assert.StartsWith($"No secure connection to merchant.example:{url.Port}: ", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_not_fetch_what_a_certificate_points_to()
    {
        await using var @internal = new Endpoint(Ok);
        using var intermediate = Issue("Intermediate", _authority, isAuthority: true);
        using var certificate = Issue("merchant.example", intermediate, pointsTo: @internal.Url().GetLeftPart(UriPartial.Path));

        var result = await AttemptAsync(certificate);

        Assert.Equal((AttemptOutcome.Tls, 0), (result.Outcome, @internal.Accepted));
    }

    public void Dispose() => _authority.Dispose();

    private async Task<AttemptResult> AttemptAsync(X509Certificate2 certificate)
    {
        await using var endpoint = new Endpoint(Ok, Present(certificate));
        using var sender = Trusting(_authority);
        var result = await sender.SendAsync(Loopback.Request(endpoint.Url("merchant.example", "https")), Token);

        using var good = Issue("merchant.example", _authority);
        await using var next = new Endpoint(Ok, Present(good));
        Assert.Equal(
            AttemptOutcome.Succeeded, (await sender.SendAsync(Loopback.Request(next.Url("merchant.example", "https")), Token)).Outcome);
        return result;
    }

    private static WebhookSender Trusting(X509Certificate2 authority, ConnectProxy? proxy = null)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust };
        trust.CustomTrustStore.Add(authority);
        var options = Loopback.Allowed with { Proxy = proxy is null ? null : Loopback.Proxy(proxy) };
        return Loopback.Sender(options: options, resolve: Loopback.ResolvesTo(IPAddress.Loopback), trust: trust);
    }

    private static SslStreamCertificateContext Present(X509Certificate2 certificate) =>
        SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);

    private static X509Certificate2 Issue(
        string name, X509Certificate2? issuer, bool isAuthority = false, DateTimeOffset? until = null, string? pointsTo = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        if (pointsTo is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([pointsTo], [pointsTo]));
        }

        var from = Today.AddDays(-30);
        var to = until ?? Today.AddDays(30);
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        using var issued = request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
