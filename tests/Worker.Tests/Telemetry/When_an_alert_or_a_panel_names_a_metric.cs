using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Telemetry;

/// <summary>What trials found (docs/faults.md: H8, H9).</summary>
public sealed partial class When_an_alert_or_a_panel_names_a_metric
{
    private const string Alerts = "deploy/prometheus/alerts.yml";
    private const string AlertTests = "deploy/prometheus/alerts.test.yml";
    private const string Dashboard = "deploy/grafana/dashboards/gateway.json";

    [Theory]
    [InlineData(Alerts)]
    [InlineData(AlertTests)]
    [InlineData(Dashboard)]
    [InlineData("docs/telemetry.md")]
    public void Should_be_one_that_exists(string file)
    {
        var existing = MetricsTable.Read()
            .SelectMany(metric => metric.Value.Type == "histogram" ? [metric.Key, $"{metric.Key}_bucket", $"{metric.Key}_sum", $"{metric.Key}_count"] : new[] { metric.Key })
            .ToHashSet(StringComparer.Ordinal);

        var named = MetricNames().Matches(File.ReadAllText(Repository.PathOf(file))).Select(name => name.Value).Distinct().ToArray();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, existing));
    }

    [Fact]
    public void Should_show_every_metric_on_the_dashboard()
    {
        var dashboard = File.ReadAllText(Repository.PathOf(Dashboard));

        Assert.All(MetricsTable.Read().Keys, metric => Assert.Contains(metric, dashboard, StringComparison.Ordinal));
    }

    [Fact]
    public void Should_ask_the_data_source_that_is_provisioned_in_every_panel()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.PathOf(Dashboard)));
        var provisioned = File.ReadAllText(Repository.PathOf("deploy/grafana/provisioning/datasources/prometheus.yml"));

        var targets = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.GetProperty("type").GetString() != "row")
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray());

        Assert.All(targets, target => Assert.Contains($"uid: {target.GetProperty("datasource").GetProperty("uid").GetString()}\n", provisioned, StringComparison.Ordinal));
    }

    [Fact]
    public void Should_be_tested_in_an_alert_that_is_raised_and_one_that_is_not()
    {
        var tests = File.ReadAllText(Repository.PathOf(AlertTests));

        Assert.All(ReadAlerts(), alert =>
        {
            Assert.Matches($@"alertname: {alert}\n +eval_time: \w+\n +exp_alerts:\n +- exp_labels", tests);
            Assert.Matches($@"alertname: {alert}\n +eval_time: \w+\n +exp_alerts: \[\]", tests);
        });
    }

    [Fact]
    public void Should_send_whoever_is_called_to_the_section_of_its_alert()
    {
        var rules = File.ReadAllText(Repository.PathOf(Alerts));
        // H8: the guide has a section of that name, which says something.
        var guide = File.ReadAllText(Repository.PathOf("docs/operations.md"));

        Assert.All(ReadAlerts(), alert =>
        {
            Assert.Contains($"runbook_url: docs/operations.md#{alert.ToLowerInvariant()}\n", rules, StringComparison.Ordinal);
            Assert.Matches($@"\n### {alert}\n\n[A-Z]", guide);
        });
    }

    [Fact]
    public void Should_be_in_the_table_of_alerts_and_no_other()
    {
        var told = ToldAlerts().Matches(File.ReadAllText(Repository.PathOf("docs/telemetry.md"))).Select(row => row.Groups["name"].Value);

        Assert.Equal(ReadAlerts().Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    private static string[] ReadAlerts()
    {
        string[] alerts = [.. AlertNames().Matches(File.ReadAllText(Repository.PathOf(Alerts))).Select(alert => alert.Groups["name"].Value)];
        Assert.NotEmpty(alerts);
        return alerts;
    }

    [GeneratedRegex(@"\bgateway_[a-z_]+\b")]
    private static partial Regex MetricNames();

    [GeneratedRegex(@"^\| `(?<name>Gateway\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex ToldAlerts();

    [GeneratedRegex(@"^ +- alert: (?<name>\w+)$", RegexOptions.Multiline)]
    private static partial Regex AlertNames();
}
