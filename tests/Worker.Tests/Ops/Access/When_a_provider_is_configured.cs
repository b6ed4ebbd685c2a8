using Gateway.Testing.Workers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Dashboard.SignIn;
using Gateway.Worker.Hosting;
using Gateway.Worker.Ops.Access;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Access;

public sealed class When_a_provider_is_configured
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Should_ask_for_the_roles_that_are_documented()
    {
        var provider = Read().Ops.OpenId!;

        Assert.Equal(("roles", "gateway-viewer", "gateway-operator"), (provider.RoleClaim, provider.ViewerRole, provider.OperatorRole));
        Assert.Equal(["openid", "profile", "email"], provider.Scopes);
    }

    [Fact]
    public void Should_let_nobody_in_unasked_in_embedded_mode()
    {
        Assert.False(Read().Ops.AsksNoKey);
        Assert.True(Read(("OPS_OIDC_AUTHORITY", ""), ("OPS_OIDC_CLIENT_ID", ""), ("OPS_OIDC_CLIENT_SECRET", "")).Ops.AsksNoKey);
    }

    [Theory]
    [InlineData("OPS_OIDC_AUTHORITY")]
    [InlineData("OPS_OIDC_CLIENT_ID")]
    [InlineData("OPS_OIDC_CLIENT_SECRET")]
    public void Should_be_told_which_setting_is_missing(string variable)
    {
        var error = Assert.Throws<InvalidSettingsException>(() => Read((variable, "")));

        Assert.Equal(
            $"{variable}: is missing: OPS_OIDC_AUTHORITY, OPS_OIDC_CLIENT_ID, OPS_OIDC_CLIENT_SECRET are set together or not at all",
            Assert.Single(error.Errors));
    }

    [Theory]
    [InlineData("http://login.example.com")]
    [InlineData("login.example.com")]
    [InlineData("https://login.example.com/?tenant=1")]
    [InlineData("ftp://localhost/")]
    public void Should_refuse_an_authority_that_could_be_anybody(string authority)
    {
        var error = Assert.Throws<InvalidSettingsException>(() => Read(("OPS_OIDC_AUTHORITY", authority)));

        Assert.StartsWith($"OPS_OIDC_AUTHORITY: '{authority}' is not ", Assert.Single(error.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_not_repeat_a_password_in_the_authority() => Assert.DoesNotContain(
        "hunter2",
        Assert.Throws<InvalidSettingsException>(() => Read(("OPS_OIDC_AUTHORITY", "https://me:hunter2@login.example.com"))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("http://localhost:8080/realms/staff")]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://[::1]:8080")]
    public void Should_take_http_on_this_machine(string authority) =>
        Assert.Equal(new Uri(authority), Read(("OPS_OIDC_AUTHORITY", authority)).Ops.OpenId!.Issuer);

    [Fact]
    public void Should_refuse_one_role_for_both() => Assert.StartsWith(
        "OPS_OIDC_OPERATOR_ROLE: 'staff' is not another role",
        Assert.Single(Assert.Throws<InvalidSettingsException>(
            () => Read(("OPS_OIDC_VIEWER_ROLE", "staff"), ("OPS_OIDC_OPERATOR_ROLE", "staff"))).Errors),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("OPS_OIDC_CLIENT_SECRET", "another", true)]
    [InlineData("OPS_OIDC_AUTHORITY", "https://other.example.com", false)]
    [InlineData("OPS_OIDC_CLIENT_ID", "other", false)]
    [InlineData("OPS_OIDC_ROLE_CLAIM", "groups", false)]
    [InlineData("OPS_OIDC_VIEWER_ROLE", "reader", false)]
    [InlineData("OPS_OIDC_OPERATOR_ROLE", "admin", false)]
    public void Should_have_people_sign_in_anew_when_it_has_become_another_one(string variable, string value, bool isStillGood)
    {
        var visitor = VisitorCookie.For("oidc:ann", mayChange: true, Read().Ops.OpenId!, Now).Principal;

        Assert.True(VisitorCookie.IsStillGood(visitor, Read().Ops));
        Assert.Equal(isStillGood, VisitorCookie.IsStillGood(visitor, Read((variable, value)).Ops));
    }

    [Fact]
    public void Should_not_keep_those_signed_in_who_came_by_another_way()
    {
        var key = ApiKey.Parse($"ann:operator:{new string('a', 64)}")!.Value;

        Assert.False(VisitorCookie.IsStillGood(VisitorCookie.For(key, Now).Principal, Read().Ops));
        Assert.False(VisitorCookie.IsStillGood(OperatorClaims.Create(Visits.SchemeName, "ann", mayChange: true), Read().Ops));
    }

    private static GatewayOptions Read(params (string Name, string Value)[] changes)
    {
        var settings = new Dictionary<string, string>
        {
            ["OPS_OIDC_AUTHORITY"] = "https://login.example.com/realms/staff",
            ["OPS_OIDC_CLIENT_ID"] = "gateway",
            ["OPS_OIDC_CLIENT_SECRET"] = "secret",
        };
        foreach (var (name, value) in changes)
        {
            settings[name] = value;
        }

        return GatewayOptions.Read(settings.ToConfiguration());
    }
}
