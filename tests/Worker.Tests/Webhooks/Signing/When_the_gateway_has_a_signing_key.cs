using System.Security.Cryptography;
using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Signing;

public sealed class When_the_gateway_has_a_signing_key : IDisposable
{
    private readonly SigningKey _key = Merchant.Key(RandomNumberGenerator.GetBytes(32));
    private readonly WebhookSigner _signer;

    public When_the_gateway_has_a_signing_key() => _signer = new WebhookSigner(new SigningOptions { SigningKey = _key });

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Should_add_its_signature_after_those_of_the_secrets()
    {
        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [Merchant.Secret("new"), Merchant.Secret("old")], 1, Merchant.Now);

        Assert.Equal(["v1", "v1", "v1a"], request.Signatures().Select(s => s.Split(',')[0]));
        Assert.Equal(request.ExpectedSignature("new"u8.ToArray()), request.Signatures()[0]);
        Assert.True(request.IsSignedBy(_signer.PublicKey!));
    }

    [Fact]
    public void Should_sign_for_a_merchant_without_a_secret()
    {
        Assert.True(_signer.CanSign([]));

        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [], 1, Merchant.Now);

        Assert.StartsWith("v1a,", Assert.Single(request.Signatures()), StringComparison.Ordinal);
        Assert.True(request.IsSignedBy(_signer.PublicKey!));
    }

    [Fact]
    public void Should_not_verify_a_changed_body_or_with_another_key()
    {
        using var other = Merchant.Key(RandomNumberGenerator.GetBytes(32));
        var request = _signer.Sign(Merchant.Delivery(), Merchant.Endpoint, [], 1, Merchant.Now);
        var body = request.Body.ToArray();
        body[^3] ^= 1;

        Assert.False((request with { Body = body }).IsSignedBy(_signer.PublicKey!));
        Assert.False(request.IsSignedBy(other.PublicKey));
    }
}
