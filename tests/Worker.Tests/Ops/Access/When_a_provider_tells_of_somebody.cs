using System.Security.Claims;
using Gateway.Worker.Ops.Access;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Access;

public sealed class When_a_provider_tells_of_somebody
{
    private static readonly OpenIdOptions Provider = new()
    {
        Issuer = new Uri("https://login.example.com"),
        ClientId = "gateway",
        ClientSecret = "secret",
        Scopes = ["openid"],
        RoleClaim = "groups",
        ViewerRole = "Gateway Viewers",
        OperatorRole = "Gateway Operators",
    };

    [Theory]
    [InlineData("preferred_username=ann;email=ann@example.com;sub=17", "oidc:ann")]
    [InlineData("email=ann@example.com;sub=17", "oidc:ann@example.com")]
    [InlineData("preferred_username= ;email=;sub=17", "oidc:17")]
    [InlineData("preferred_username=\u202e\u0007\ue000;sub=17", "oidc:17")]
    [InlineData("preferred_username= Söhne\r\n\u2028& 株式会社 😀\u200b\0 ;sub=17", "oidc:Söhne& 株式会社 😀")]
    [InlineData("preferred_username=oidc:ann;sub=17", "oidc:oidc:ann")]
    [InlineData("", "oidc:unknown")]
    public void Should_have_a_name_that_can_be_read(string claims, string name) => Assert.Equal(name, Person.From(Read(claims), Provider).Name);

    [Fact]
    public void Should_have_a_name_that_the_trail_can_keep()
    {
        var name = Person.From(Read($"preferred_username={string.Concat(Enumerable.Repeat("😀", 40))}"), Provider).Name;

        // A whole number of pairs.
        Assert.Equal((63, "😀"), (name.Length, name[^2..]));
    }

    [Theory]
    [InlineData("groups=Gateway Viewers", false)]
    [InlineData("groups=staff;groups=Gateway Operators", true)]
    [InlineData("groups=Gateway Operators;groups=Gateway Viewers", true)]
    [InlineData("groups=gateway operators", null)]
    [InlineData("groups=Gateway Operators, staff", null)]
    [InlineData("roles=Gateway Operators", null)]
    [InlineData("", null)]
    public void Should_have_the_role_that_the_claim_names_to_the_letter(string claims, bool? mayChange) =>
        Assert.Equal(mayChange, Person.From(Read(claims), Provider).MayChange);

    private static ClaimsPrincipal Read(string claims) => new(new ClaimsIdentity(
        claims.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(claim => new Claim(claim.Split('=')[0], claim.Split('=')[1]))));
}
