using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Worker.Tests.Configuration;

public class When_the_configuration_is_read
{
    [Fact]
    public void Should_be_embedded_when_nothing_is_set()
    {
        var options = Read();

        Assert.Equal(GatewayMode.Embedded, options.Mode);
        Assert.Equal(64, options.Gate.Slots);
        Assert.Equal([10, 60, 360, 2160, 12960], options.Webhooks.RetryDelays.Select(d => (int)d.TotalSeconds));
        Assert.Equal([443, 80], options.Webhooks.Sending.AllowedPorts);
        Assert.False(options.Webhooks.Sending.AllowHttp);
    }

    [Fact]
    public void Should_let_webhooks_reach_this_machine_in_development_alone()
    {
        Assert.True(Read().Webhooks.Sending.AllowLocal);
        Assert.False(Read(("GATEWAY_MODE", "full")).Webhooks.Sending.AllowLocal);
        Assert.True(Read(("GATEWAY_MODE", "full"), ("WEBHOOK_ALLOW_LOCAL", "true")).Webhooks.Sending.AllowLocal);
        Assert.False(Read(("WEBHOOK_ALLOW_LOCAL", "false")).Webhooks.Sending.AllowLocal);
        // A proxy would reach its own machine.
        Assert.False(Read(("WEBHOOK_PROXY", "http://proxy:3128")).Webhooks.Sending.AllowLocal);
        var both = Assert.Throws<InvalidSettingsException>(() => Read(("WEBHOOK_PROXY", "http://proxy:3128"), ("WEBHOOK_ALLOW_LOCAL", "true")));
        Assert.StartsWith("WEBHOOK_ALLOW_LOCAL: ", Assert.Single(both.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_keep_the_embedded_database_in_one_place_whatever_folder_it_is_started_in()
    {
        Assert.Equal(
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "gateway-worker", "gateway.db"),
            Read().Database.File);
        Assert.Equal(Path.GetFullPath("some.db"), Read(("DB_FILE", "some.db")).Database.File);
    }

    // What sha256sum prints of its input, pasted as it is.
    [Theory]
    [InlineData("")]
    [InlineData("  -")]
    [InlineData(" *-")]
    public void Should_take_a_hash_as_sha256sum_prints_it(string fileName)
    {
        const string Hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

        var key = Assert.Single(Read(("OPS_API_KEYS", $"alice:viewer:{Hash}{fileName}")).Ops.Keys);

        Assert.True(key.Matches("secret"));
        Assert.Equal($"alice:viewer:{Hash}", key.ToEntry());
    }

    [Theory]
    [InlineData("RABBITMQ_HOST")]
    [InlineData("REDIS_HOST")]
    [InlineData("DB_HOST")]
    public void Should_be_full_when_a_server_is_named(string key)
    {
        Assert.Equal(GatewayMode.Full, Read((key, "server.internal")).Mode);
    }

    [Fact]
    public void Should_follow_the_mode_that_is_given()
    {
        Assert.Equal(GatewayMode.Embedded, Read(("DB_HOST", "db"), ("GATEWAY_MODE", "embedded")).Mode);
    }

    [Fact]
    public void Should_name_every_wrong_variable_at_once_with_what_is_accepted()
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read(
            ("GATEWAY_MODE", "both"),
            ("WORKER_CONCURRENCY", "0"),
            ("RABBITMQ_PORT", "http"),
            ("RABBITMQ_QUEUE_TYPE", "stream"),
            ("REDIS_DB", "16"),
            ("DB_SSL_MODE", "maybe"),
            ("OPS_URL", "somewhere"),
            ("WEBHOOK_RETRY_DELAYS", "10s,soon"),
            ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/99"),
            ("WEBHOOK_ALLOWED_PORTS", "443,0"),
            ("WEBHOOK_NAME_SERVERS", "10.0.0.53,ns.example"),
            ("WEBHOOK_PROXY", "https://proxy.example:3128"),
            ("WEBHOOK_ALLOW_HTTP", "yes please")));

        Assert.Equal(
            [
                "GATEWAY_MODE", "WORKER_CONCURRENCY", "RABBITMQ_PORT", "RABBITMQ_QUEUE_TYPE", "DB_SSL_MODE", "REDIS_DB",
                "WEBHOOK_RETRY_DELAYS",
                "WEBHOOK_ALLOWED_NETWORKS", "WEBHOOK_ALLOWED_PORTS", "WEBHOOK_NAME_SERVERS", "WEBHOOK_PROXY",
                "WEBHOOK_ALLOW_HTTP", "OPS_URL",
            ],
            exception.Errors.Select(e => e[..e.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Contains("'0' is not a whole number from 1 to 10000", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'soon' is not a duration such as 500ms, 10s, 1m or 6h", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'stream' is not classic, quorum", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>What RabbitMQ cannot keep for so long, or not so exactly, is said before it is asked to.</summary>
    [Theory]
    [InlineData("1.5ms")]
    [InlineData("10s,31d")]
    [InlineData("10s,10s")]
    public void Should_want_waits_that_a_queue_can_keep(string delays)
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read(("WEBHOOK_RETRY_DELAYS", delays), ("PERIODIC_RETRY_DELAYS", delays)));

        Assert.Equal(
            ["WEBHOOK_RETRY_DELAYS", "PERIODIC_RETRY_DELAYS"],
            exception.Errors.Select(e => e[..e.IndexOf(':', StringComparison.Ordinal)]));
        Assert.All(exception.Errors, e => Assert.Contains("whole milliseconds from 1ms to 30d", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("OPS_API_KEYS", "my-raw-key")]
    [InlineData("WEBHOOK_SIGNING_KEY", "whsk_my-raw-key")]
    public void Should_not_repeat_a_secret_in_its_complaint(string key, string secret)
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read((key, secret)));

        Assert.Contains(key, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("my-raw-key", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://user:my-password@proxy:3128")]
    [InlineData("socks5://proxy:1080")]
    [InlineData("proxy:3128")]
    [InlineData("http://proxy:3128/path")]
    public void Should_want_an_address_of_a_proxy_and_repeat_no_password_in_it(string proxy)
    {
        var exception = Assert.Throws<InvalidSettingsException>(() => Read(("WEBHOOK_PROXY", proxy)));

        Assert.StartsWith(
            "WEBHOOK_PROXY: the value is not an address such as http://proxy:3128",
            Assert.Single(exception.Errors),
            StringComparison.Ordinal);
        Assert.DoesNotContain("my-password", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_want_user_and_password_of_a_proxy_together_and_with_a_proxy()
    {
        Assert.Throws<InvalidSettingsException>(() => Read(("WEBHOOK_PROXY", "http://proxy:3128"), ("WEBHOOK_PROXY_USER", "ann")));
        Assert.Throws<InvalidSettingsException>(() => Read(("WEBHOOK_PROXY", "http://proxy:3128"), ("WEBHOOK_PROXY_PASSWORD", "canary")));
        Assert.Throws<InvalidSettingsException>(() => Read(("WEBHOOK_PROXY_USER", "ann"), ("WEBHOOK_PROXY_PASSWORD", "canary")));

        var options = Read(("WEBHOOK_PROXY", "http://proxy:3128"), ("WEBHOOK_PROXY_USER", "ann"), ("WEBHOOK_PROXY_PASSWORD", "canary"));
        Assert.Equal("proxy:3128", options.Webhooks.Sending.Proxy?.ToString());
        Assert.DoesNotContain("canary", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_read_name_servers_with_and_without_a_port() => Assert.Equal(
        ["10.0.0.53:53", "10.0.0.54:5353", "[fd00::53]:53", "[fd00::54]:5353"],
        Read(("WEBHOOK_NAME_SERVERS", "10.0.0.53,10.0.0.54:5353,fd00::53,[fd00::54]:5353")).Webhooks.Sending.NameServers
            .Select(server => server.ToString()));

    [Theory]
    [InlineData("10s,10s")]
    [InlineData("1m,10s")]
    [InlineData("0s")]
    [InlineData(",")]
    public void Should_want_retries_that_wait_longer_each_time(string delays)
    {
        Assert.Throws<InvalidSettingsException>(() => Read(("WEBHOOK_RETRY_DELAYS", delays)));
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("10s", 10)]
    [InlineData("1.5m", 90)]
    [InlineData("6h", 21600)]
    [InlineData("30d", 2592000)]
    public void Should_understand_durations(string text, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Settings.ParseDuration(text));
    }

    [Theory]
    [InlineData("10")]
    [InlineData("-1s")]
    [InlineData("1e9d")]
    [InlineData("s")]
    [InlineData("9999999d")]
    public void Should_not_understand_other_text_as_a_duration(string text)
    {
        Assert.Null(Settings.ParseDuration(text));
    }

    [Fact]
    public void Should_show_no_password_when_options_are_printed()
    {
        var options = Read(("DB_PASSWORD", "canary-1"), ("REDIS_PASSWORD", "canary-2"), ("RABBITMQ_PASSWORD", "canary-3"), ("DB_HOST", "db"));

        Assert.DoesNotContain("canary", options.ToString(), StringComparison.Ordinal);
        Assert.Contains("canary-1", options.Database.ConnectionString, StringComparison.Ordinal);
    }

    private static GatewayOptions Read(params (string Key, string Value)[] variables) => GatewayOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(variables.ToDictionary(v => v.Key, v => (string?)v.Value)).Build());
}
