using Gateway.Worker.Configuration;
using Gateway.Worker.Mail;
using MailKit.Security;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Mail;

/// <summary>What trials found (docs/faults.md: D19).</summary>
public class When_the_mail_server_is_configured
{
    private static readonly (string, string)[] Complete = [("SMTP_HOST", "smtp.example.com"), ("SMTP_FROM", "gateway@example.com"), ("OPS_EMAIL", "ops@example.com")];

    [Fact]
    public void Should_encrypt_unless_told_not_to()
    {
        var options = Read(Complete);

        Assert.Equal((587, SecureSocketOptions.StartTls), (options.Port, options.Security));
    }

    [Theory]
    [InlineData("implicit", 465, SecureSocketOptions.SslOnConnect)]
    [InlineData("none", 25, SecureSocketOptions.None)]
    public void Should_use_the_port_that_goes_with_the_encryption(string tls, int port, SecureSocketOptions security)
    {
        var options = Read([.. Complete, ("SMTP_TLS", tls)]);

        Assert.Equal((port, security), (options.Port, options.Security));
    }

    [Fact]
    public void Should_send_none_without_a_server() => Assert.Null(Read([]).Host);

    [Theory]
    [InlineData("SMTP_FROM", "nobody", "SMTP_FROM: 'nobody' is not an address")]
    [InlineData("SMTP_FROM", "gateway@example.com, other@example.com", "SMTP_FROM: 'gateway@example.com, other@example.com' is not one address")]
    [InlineData("OPS_EMAIL", "ops@example.com, @", "OPS_EMAIL: '@' is not an address")]
    [InlineData("OPS_EMAIL", "", "OPS_EMAIL: is needed beside SMTP_HOST")]
    [InlineData("SMTP_USER", "gateway", "SMTP_PASSWORD: is needed with SMTP_USER")]
    [InlineData("SMTP_PASSWORD", "hunter2", "SMTP_PASSWORD: is needed with SMTP_USER, and only with it")]
    [InlineData("SMTP_TLS", "ssl", "SMTP_TLS: 'ssl' is not starttls, implicit, none")]
    [InlineData("SMTP_TLS_REVOCATION", "maybe", "SMTP_TLS_REVOCATION: 'maybe' is not required, if-reachable, off")]
    [InlineData("SMTP_CA_FILE", "/no/such/file.pem", "SMTP_CA_FILE: '/no/such/file.pem' is not a file that can be read")]
    [InlineData("SMTP_CA_FILE", "/etc/hostname", "SMTP_CA_FILE: '/etc/hostname' is not a file with certificates in PEM")]
    [InlineData("SMTP_PORT", "70000", "SMTP_PORT: '70000' is not a whole number from 1 to 65535")]
    public void Should_name_the_wrong_variable(string key, string value, string complaint)
    {
        var error = Assert.Throws<InvalidSettingsException>(() => Read([.. Complete.Where(pair => pair.Item1 != key), (key, value)]));

        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smtp.example.com", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost", true)]
    public void Should_send_a_password_unencrypted_only_within_the_machine(string host, bool isAccepted)
    {
        (string, string)[] values =
            [.. Complete.Skip(1), ("SMTP_HOST", host), ("SMTP_TLS", "none"), ("SMTP_USER", "gateway"), ("SMTP_PASSWORD", "hunter2")];

        var error = Record.Exception(() => Read(values));

        Assert.Equal(isAccepted, error is null);
        Assert.DoesNotContain("hunter2", error?.Message ?? "", StringComparison.Ordinal);
    }

    private static MailOptions Read((string Key, string Value)[] values)
    {
        var settings = new Settings(new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(v => v.Key, v => (string?)v.Value)).Build());
        var options = MailOptions.Read(settings);
        settings.ThrowIfInvalid();
        return options;
    }
}
