using Gateway.Worker.Webhooks.Signing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Signing;

public class When_the_specification_gives_an_example
{
    /// <summary>The example that the reference libraries of Standard Webhooks are tested with. Its id is no UUID, so it enters below the message.</summary>
    [Fact]
    public void Should_find_the_signature_of_the_reference_libraries()
    {
        var signer = new WebhookSigner(new SigningOptions());

        var list = signer.SignatureList(
            """msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"""u8, [Merchant.Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]);

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", list);
    }

    /// <summary>RFC 8032, section 7.1, test 2: the key and the signature of the single byte 0x72.</summary>
    [Fact]
    public void Should_find_the_ed25519_signature_of_the_standard()
    {
        using var key = Merchant.Key(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        var signature = new byte[64];

        key.Sign([0x72], signature);

        Assert.Equal(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            Convert.ToHexStringLower(signature));
        Assert.Equal(
            "whpk_" + Convert.ToBase64String(Convert.FromHexString("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")),
            key.PublicKey);
    }
}
