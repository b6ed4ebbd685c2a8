using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Configuration;

public sealed class When_a_secret_is_in_a_file : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-secrets");

    [Fact]
    public void Should_be_read_without_the_line_break_at_its_end()
    {
        var options = Read(
            ("RABBITMQ_PASSWORD_FILE", Write("from-file-1\n")), ("DB_PASSWORD_FILE", Write("from-file-2\r\n")), ("REDIS_PASSWORD_FILE", Write("from-file-3")));

        Assert.Equal("from-file-1", options.RabbitMq.Password);
        Assert.Contains("Password=from-file-2;", options.Database.ConnectionString + ";", StringComparison.Ordinal);
        Assert.Equal("from-file-3", options.Redis.Connection.Password);
    }

    [Fact]
    public void Should_be_so_for_every_password_and_key()
    {
        // Each of them gets what cannot be read, and each complains.
        var exception = Assert.Throws<InvalidSettingsException>(() => Read([.. SecretFiles.Variables.Select(variable => (variable + "_FILE", "/no/such/file"))]));

        Assert.Equal(
            [
                "BSC_RPC_URL_FILE", "DB_PASSWORD_FILE", "OPS_API_KEYS_FILE", "OPS_OIDC_CLIENT_SECRET_FILE", "RABBITMQ_PASSWORD_FILE", "REDIS_PASSWORD_FILE",
                "REDIS_SENTINEL_PASSWORD_FILE", "SMTP_PASSWORD_FILE", "SOLANA_RPC_URL_FILE", "SOLANA_WALLET_PRIVATE_KEY_FILE", "WEBHOOK_PROXY_PASSWORD_FILE", "WEBHOOK_SIGNING_KEY_FILE",
            ],
            exception.Errors.Select(e => e[..e.IndexOf(':', StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Should_not_be_given_in_two_places()
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read(("DB_PASSWORD", "canary"), ("DB_PASSWORD_FILE", Write("canary"))));

        Assert.Equal(["DB_PASSWORD_FILE: DB_PASSWORD is set too: give one of them"], exception.Errors);
    }

    [Fact]
    public void Should_be_there()
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read(("SMTP_PASSWORD_FILE", "/run/secrets/none"), ("DB_PASSWORD_FILE", Write(" \n"))));

        Assert.Equal(2, exception.Errors.Count);
        Assert.Contains("SMTP_PASSWORD_FILE: the file '/run/secrets/none' cannot be read: it does not exist", exception.Errors);
        Assert.Contains(exception.Errors, e => e.StartsWith("DB_PASSWORD_FILE: the file '", StringComparison.Ordinal) && e.EndsWith("' is empty", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_not_be_repeated_when_it_is_wrong()
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read(
            ("WEBHOOK_SIGNING_KEY_FILE", Write("whsk_canary")), ("OPS_API_KEYS_FILE", Write("canary")), ("DB_PASSWORD_FILE", Write(new string('c', 100_000)))));

        Assert.Equal(3, exception.Errors.Count);
        Assert.DoesNotContain("canary", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cccc", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string content)
    {
        var file = Path.Combine(_folder.FullName, Path.GetRandomFileName());
        File.WriteAllText(file, content);
        return file;
    }

    private static GatewayOptions Read(params (string Key, string Value)[] variables) => GatewayOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(variables.ToDictionary(v => v.Key, v => (string?)v.Value)).Build());
}
