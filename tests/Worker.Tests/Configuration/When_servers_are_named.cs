using Gateway.Testing.Network;
using Gateway.Testing.Workers;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Xunit;

namespace Gateway.Worker.Tests.Configuration;

public sealed class When_servers_are_named
{
    [Fact]
    public void Should_have_a_port_each()
    {
        Assert.Equal("rabbit-1:5672,[::1]:5673", Read(("RABBITMQ_HOST", "rabbit-1, [::1]:5673")).RabbitMq.ToString());
        Assert.Equal("rabbit-1:5671", Read(("RABBITMQ_HOST", "rabbit-1"), ("RABBITMQ_TLS", "on")).RabbitMq.ToString());
        Assert.Equal("rabbit-1:7000", Read(("RABBITMQ_HOST", "rabbit-1"), ("RABBITMQ_PORT", "7000")).RabbitMq.ToString());
        Assert.Equal("redis-1:6379,[::1]:7000", Read(("REDIS_HOST", "redis-1, [::1]:7000")).Redis.ToString());
        Assert.Equal("redis-1:7000", Read(("REDIS_HOST", "redis-1"), ("REDIS_PORT", "7000")).Redis.ToString());
    }

    [Fact]
    public void Should_be_asked_for_figures_each()
    {
        Assert.Equal([new Uri("http://[::1]:15672")], Read(("RABBITMQ_HOST", "::1")).RabbitMq.ManagementUrls);
        Assert.Equal(
            [new Uri("https://rabbit-1:15671"), new Uri("https://rabbit-2:15671")],
            Read(("RABBITMQ_HOST", "rabbit-1,rabbit-2:7000,rabbit-2:7001"), ("RABBITMQ_TLS", "on")).RabbitMq.ManagementUrls);
        Assert.Equal(
            [new Uri("http://a:1"), new Uri("https://b:2")], Read(("RABBITMQ_MANAGEMENT_URL", "http://a:1, https://b:2")).RabbitMq.ManagementUrls);
        Assert.Equal(
            ["RABBITMQ_MANAGEMENT_URL: entry 2 is not an address such as http://rabbitmq:15672, without user and password"],
            Complaints(("RABBITMQ_MANAGEMENT_URL", "http://a:1,http://user:canary@b:2")));
    }

    [Theory]
    [InlineData("a,,b", "RABBITMQ_HOST: 'a,,b' has an empty entry")]
    [InlineData("a,", "RABBITMQ_HOST: 'a,' has an empty entry")]
    [InlineData("a,b,a:5672", "RABBITMQ_HOST: 'a:5672' is there twice")]
    [InlineData("a:0", "RABBITMQ_HOST: 'a:0' is not a host, or a host and its port such as server-1:5672")]
    [InlineData("amqp://a", "RABBITMQ_HOST: 'amqp://a' is not a host, or a host and its port such as server-1:5672")]
    [InlineData("amqps://user:secret@a:5671", "RABBITMQ_HOST: entry 1 names a user: hosts alone are accepted")]
    [InlineData("a:b:c", "RABBITMQ_HOST: 'a:b:c' is not a host, or a host and its port such as server-1:5672")]
    [InlineData("a b", "RABBITMQ_HOST: 'a b' is not a host, or a host and its port such as server-1:5672")]
    public void Should_be_told_which_entry_is_wrong(string hosts, string complaint)
    {
        Assert.Equal([complaint], Complaints(("RABBITMQ_HOST", hosts)));
        Assert.Equal([InPlaceOfRabbitMq(complaint, "DB", "5432")], Complaints(("DB_HOST", InPlaceOfRabbitMq(hosts, "DB", "5432"))));
        Assert.Equal([InPlaceOfRabbitMq(complaint, "REDIS", "6379")], Complaints(("REDIS_HOST", InPlaceOfRabbitMq(hosts, "REDIS", "6379"))));
    }

    [Fact]
    public void Should_be_sentinels_where_a_primary_is_named()
    {
        var redis = Read(
            ("REDIS_HOST", "guard-1,guard-2:7000"),
            ("REDIS_SENTINEL_MASTER", "payments"),
            ("REDIS_USER", "worker"),
            ("REDIS_PASSWORD", "canary"),
            ("REDIS_SENTINEL_USER", "watcher")).Redis;

        Assert.Equal(("payments", "guard-1:26379,guard-2:7000"), (redis.Primary, redis.ToString()));
        // What Redis is shown is none of their business.
        Assert.Equal(("watcher", ""), (redis.Connection.SentinelUser, redis.Connection.SentinelPassword));
        Assert.Equal(
            ["REDIS_SENTINEL_PASSWORD: is of no use without REDIS_SENTINEL_MASTER", "REDIS_SENTINEL_USER: is of no use without REDIS_SENTINEL_MASTER"],
            Complaints(("REDIS_SENTINEL_USER", "watcher"), ("REDIS_SENTINEL_PASSWORD", "canary")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Should_be_told_of_a_file_that_is_not_used() => Assert.Equal(
        ["RABBITMQ_CA_FILE: is of no use without RABBITMQ_TLS=on"], Complaints(("RABBITMQ_CA_FILE", "/any")));

    [Fact]
    public void Should_be_told_of_files_that_are_none_or_do_not_belong_together()
    {
        using var authority = new TestAuthority("the company's");
        var (certificate, key) = authority.Write(authority.Issue("worker"));
        var (_, otherKey) = authority.Write(authority.Issue("another"));

        Assert.Equal(
            "RABBITMQ_AUTH: 'certificate' is of no use without RABBITMQ_TLS=on and RABBITMQ_CERT_FILE", Complaint(("RABBITMQ_AUTH", "certificate")));
        Assert.StartsWith("RABBITMQ_CA_FILE: '/no/such' is not a file that can be read: ", Complaint(("RABBITMQ_CA_FILE", "/no/such")), StringComparison.Ordinal);
        Assert.Equal(
            $"RABBITMQ_CA_FILE: '{key}' is not a file with certificates in PEM (-----BEGIN CERTIFICATE-----)", Complaint(("RABBITMQ_CA_FILE", key)));
        Assert.Equal(
            "RABBITMQ_KEY_FILE: is missing: RABBITMQ_CERT_FILE and RABBITMQ_KEY_FILE are set together or not at all",
            Complaint(("RABBITMQ_CERT_FILE", certificate)));
        Assert.StartsWith(
            $"RABBITMQ_CERT_FILE: '{certificate}' is not a certificate that goes with the key of RABBITMQ_KEY_FILE: ",
            Complaint(("RABBITMQ_CERT_FILE", certificate), ("RABBITMQ_KEY_FILE", otherKey)),
            StringComparison.Ordinal);
    }

    private static string InPlaceOfRabbitMq(string text, string server, string port) =>
        text.Replace("RABBITMQ", server, StringComparison.Ordinal).Replace("5672", port, StringComparison.Ordinal);

    private static string Complaint(params (string Name, string Value)[] variables) => Assert.Single(Complaints([.. variables, ("RABBITMQ_TLS", "on")]));

    private static IReadOnlyList<string> Complaints(params (string Name, string Value)[] variables) =>
        Assert.Throws<InvalidSettingsException>(() => Read(variables)).Errors;

    private static GatewayOptions Read(params (string Name, string Value)[] variables) =>
        GatewayOptions.Read(variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)).ToConfiguration());
}
