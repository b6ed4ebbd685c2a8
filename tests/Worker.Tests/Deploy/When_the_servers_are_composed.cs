using System.Text.RegularExpressions;
using Gateway.Testing;
using Gateway.Testing.Deploy;
using Gateway.Worker.Configuration;
using Gateway.Worker.Hosting;
using Xunit;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>What trials found (docs/faults.md: H3, H4, H6).</summary>
public sealed partial class When_the_servers_are_composed
{
    private static readonly ComposeFile Compose = ComposeFile.Read(Repository.PathOf("docker-compose.yml"));

    private static readonly Dictionary<string, string> Wallets = new()
    {
        ["SOLANA_WALLET_ADDRESS"] = new string('1', 32),
        ["SOLANA_USDT_MINT"] = new string('1', 32),
        ["SOLANA_RPC_URL"] = "https://solana.example",
        ["BSC_WALLET_ADDRESS"] = $"0x{new string('0', 40)}",
        ["BSC_USDT_CONTRACT"] = $"0x{new string('0', 40)}",
        ["BSC_USDC_CONTRACT"] = $"0x{new string('0', 40)}",
        ["BSC_RPC_URL"] = "https://bsc.example",
    };

    public static TheoryData<string> All => [.. Compose.Services.Keys];

    public static TheoryData<string> FromOurImage => [.. Compose.Services.Where(s => s.Value["build"] is not null).Select(s => s.Key)];

    [Fact]
    public void Should_be_the_worker_and_all_that_it_speaks_to()
    {
        Assert.Equal(
            ["grafana", "jaeger", "mailpit", "migrate", "postgres", "prometheus", "rabbitmq", "redis", "rights", "worker"],
            Compose.Services.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Should_know_whether_each_is_well(string name)
    {
        var service = Compose.Services[name];
        if (name is "migrate" or "rights")
        {
            // It ends by itself, and its exit code is what the next one waits for.
            Assert.Equal("no", service.Text("restart"));
            return;
        }

        // H3: after the machine has started again, nobody is there to start them.
        Assert.Equal("unless-stopped", service.Text("restart"));

        var check = service.MapOf("healthcheck");
        var test = Assert.IsType<List<object?>>(check["test"]);
        Assert.Equal("CMD", test[0]);
        Assert.All(["interval", "timeout"], key => Assert.NotNull(Settings.ParseDuration((string)check[key]!)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Should_name_the_version_of_each_image(string name)
    {
        Assert.Matches(PinnedImage, Compose.Services[name].Text("image"));
    }

    [Theory]
    [InlineData("rabbitmq", "RabbitMQ 4.0")]
    [InlineData("redis", "Redis 8.0")]
    [InlineData("postgres", "PostgreSQL 17")]
    public void Should_be_of_the_lines_that_the_tests_run_on_and_say_so(string server, string line)
    {
        // H6: the tests' servers do not change by themselves either.
        var image = Compose.Services[server].Text("image")!;

        Assert.StartsWith($"{server}:{line.Split(' ')[1]}.", image, StringComparison.Ordinal);
        Assert.Equal(image, ComposeFile.Read(Repository.PathOf("tests/docker-compose.yml")).Services[server].Text("image"));
        Assert.Contains($"image: {image}\n", File.ReadAllText(Repository.PathOf(".github/workflows/ci.yml")), StringComparison.Ordinal);
        Assert.Contains(line, File.ReadAllText(Repository.PathOf("docker-compose.yml")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Should_give_each_no_more_rights_than_it_needs(string name)
    {
        var service = Compose.Services[name];

        Assert.Equal(["ALL"], service.ListOf("cap_drop"));
        Assert.Equal(["no-new-privileges:true"], service.ListOf("security_opt"));
        Assert.Matches("^[1-9][0-9]*:[0-9]+$", service.Text("user"));
        Assert.Null(service["privileged"]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Should_be_reachable_from_this_machine_alone(string name)
    {
        Assert.All(Compose.Services[name].ListOf("ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Should_find_what_is_mounted(string name)
    {
        foreach (var source in Compose.Services[name].Volumes.Select(volume => volume.Split(':')[0]))
        {
            if (source.StartsWith("./", StringComparison.Ordinal))
            {
                Assert.True(Path.Exists(Repository.PathOf(source)), $"{source} is not in the repository");
            }
            else
            {
                Assert.Contains(source, Compose.Volumes);
            }
        }
    }

    [Fact]
    public void Should_use_every_volume()
    {
        Assert.All(Compose.Volumes, volume => Assert.Contains(Compose.Services.Values, s => s.Volumes.Any(v => v.StartsWith($"{volume}:", StringComparison.Ordinal))));
    }

    [Fact]
    public void Should_start_the_worker_after_all_that_it_speaks_to()
    {
        var conditions = Compose.Services["worker"].MapOf("depends_on").ToDictionary(d => d.Key, d => (string?)((Dictionary<object, object?>)d.Value!)["condition"]);

        Assert.Equal("service_completed_successfully", conditions["rights"]);
        Assert.Equal(["migrate"], Compose.Services["rights"].MapOf("depends_on").Keys);
        Assert.All(["rabbitmq", "redis", "postgres", "jaeger", "mailpit"], server => Assert.Equal("service_healthy", conditions[server]));
        Assert.Contains("grafana", conditions.Keys);
        Assert.Contains("prometheus", Compose.Services["grafana"].MapOf("depends_on").Keys);
        Assert.All(Compose.Services.Values.SelectMany(s => s.MapOf("depends_on").Keys), name => Assert.Contains(name, Compose.Services.Keys));
    }

    [Theory]
    [MemberData(nameof(FromOurImage))]
    public void Should_give_the_worker_variables_that_it_knows_with_values_that_it_accepts(string name)
    {
        var environment = Compose.Services[name].Environment;
        // Of a chain without a wallet only the wallet's address is asked for.
        var reader = new VariableReader(environment.Concat(Wallets).ToLookup(v => v.Key, v => v.Value).ToDictionary(v => v.Key, v => v.Last()));

        var options = GatewayOptions.Read(reader);

        Assert.Equal(GatewayMode.Full, options.Mode);
        // OpenTelemetry reads its own.
        Assert.Empty(environment.Keys.Where(variable => !variable.StartsWith("OTEL_", StringComparison.Ordinal)).Except(reader.Asked));
        Assert.All(
            ["RABBITMQ_HOST", "REDIS_HOST", "DB_HOST", "SMTP_HOST"], variable => Assert.Contains(environment[variable], Compose.Services.Keys));
        Assert.Contains(new Uri(environment["OTEL_EXPORTER_OTLP_ENDPOINT"]).Host, Compose.Services.Keys);
    }

    // H4: what stands in the file is copied.
    [Fact]
    public void Should_let_the_worker_be_somebody_who_may_only_do_its_work()
    {
        var rights = Compose.Services["rights"];

        Assert.Equal("gw_worker", Compose.Services["worker"].Environment["DB_USER"]);
        Assert.Equal("postgres", Compose.Services["migrate"].Environment["DB_USER"]);
        Assert.Equal(Compose.Services["worker"].Environment["DB_PASSWORD"], rights.Environment["DB_WORKER_PASSWORD"]);
        Assert.Contains("/rights/gw_worker.sql", rights.ListOf("command"));
    }

    [Fact]
    public void Should_be_tried_with_the_same_images_and_settings_that_exist()
    {
        var tried = ComposeFile.Read(Repository.PathOf("deploy/try/compose.yml")).Services;
        var reader = new VariableReader(tried["worker"].Environment);

        GatewayOptions.Read(reader);

        Assert.Empty(tried["worker"].Environment.Keys.Except(reader.Asked));
        Assert.Equal(Compose.Services["postgres"].Text("image"), tried["merchant"].Text("image"));
    }

    [Theory]
    [MemberData(nameof(FromOurImage))]
    public void Should_let_the_worker_write_nowhere_but_to_its_memory(string name)
    {
        var service = Compose.Services[name];

        Assert.Equal("true", service.Text("read_only"));
        Assert.Empty(service.Volumes);
        Assert.StartsWith("/tmp:", Assert.Single(service.ListOf("tmpfs")), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_give_the_worker_time_to_end_the_attempts_in_flight()
    {
        var worker = Compose.Services["worker"];
        var options = GatewayOptions.Read(new VariableReader(worker.Environment));
        var grace = Settings.ParseDuration(worker.Text("stop_grace_period")!)!.Value;

        // The host gives what is left five seconds more.
        Assert.True(grace > options.StopTimeout + TimeSpan.FromSeconds(5), $"{grace} for a stop of {options.StopTimeout}");
        Assert.True(options.StopTimeout > options.Webhooks.Sending.Timeout, $"{options.StopTimeout} for an attempt of {options.Webhooks.Sending.Timeout}");
    }

    [GeneratedRegex(@"^[a-z0-9./-]+:v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z]+)?$")]
    private static partial Regex PinnedImage { get; }
}
