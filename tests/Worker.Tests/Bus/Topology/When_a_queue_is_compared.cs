using System.Text.Json;
using Gateway.Worker.Bus;
using Gateway.Worker.Bus.DelayedSends;
using Gateway.Worker.Bus.Topology;
using Xunit;

namespace Gateway.Worker.Tests.Bus.Topology;

public class When_a_queue_is_compared
{
    private const string OurQuorum =
        """
        {"x-queue-type":"quorum","x-delivery-limit":1000,"x-dead-letter-exchange":"","x-dead-letter-routing-key":"webhooks_error",
         "x-dead-letter-strategy":"at-least-once","x-overflow":"reject-publish"}
        """;

    // The broker writes an empty object as a list.
    [Theory]
    [InlineData(QueueType.Classic, "webhooks", "[]")]
    [InlineData(QueueType.Classic, "webhooks", "{}")]
    [InlineData(QueueType.Classic, "webhooks_error", """{"x-queue-type":"classic"}""")]
    [InlineData(QueueType.Quorum, "webhooks", OurQuorum)]
    [InlineData(QueueType.Quorum, "webhooks_error", """{"x-queue-type":"quorum","x-delivery-limit":1000000000}""")]
    public void Should_find_nothing_in_what_the_worker_declares(QueueType type, string queue, string arguments)
    {
        Assert.Empty(Compare(type, queue, arguments));
    }

    [Theory]
    [InlineData(QueueType.Classic, """{"x-queue-type":"quorum"}""", "x-queue-type is quorum, and the worker needs classic. Set RABBITMQ_QUEUE_TYPE=quorum")]
    [InlineData(QueueType.Quorum, "{}", "x-queue-type is classic, and the worker needs quorum. Set RABBITMQ_QUEUE_TYPE=classic")]
    [InlineData(QueueType.Quorum, """{"x-queue-type":"stream"}""", "x-queue-type is stream, and the worker needs quorum. Stop all workers")]
    [InlineData(QueueType.Classic, """{"x-max-length":10}""", "x-max-length is 10, and the worker needs none. Stop all workers")]
    public void Should_name_the_argument_and_the_remedy(QueueType type, string arguments, string told)
    {
        Assert.StartsWith($"webhooks: {told}", Assert.Single(Compare(type, "webhooks", arguments)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Should_name_each_argument_of_a_quorum_queue_that_was_declared_without_ours()
    {
        Assert.Equal(
            ["x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-delivery-limit", "x-overflow"],
            Compare(QueueType.Quorum, "webhooks", """{"x-queue-type":"quorum"}""").Select(finding => finding.Setting).Order());
    }

    [Theory]
    [InlineData("message-ttl", 60000)]
    [InlineData("max-length", 10)]
    [InlineData("max-length-bytes", 10)]
    [InlineData("expires", 60000)]
    [InlineData("delivery-limit", 20)]
    public void Should_name_what_a_policy_takes_away(string name, int value)
    {
        var finding = Assert.Single(Compare(QueueType.Quorum, "webhooks", OurQuorum, $$"""{"{{name}}":{{value}}}"""));

        Assert.Equal((name, $"{value} by policy 'theirs' and operator policy 'above'"), (finding.Setting, finding.Found));
        Assert.StartsWith("Take it out of policy 'theirs'", finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"delivery-limit":-1}""")]
    [InlineData("""{"delivery-limit":1000}""")]
    [InlineData("""{"queue-leader-locator":"balanced"}""")]
    [InlineData("[]")]
    public void Should_let_a_policy_be_that_takes_nothing_away(string policy)
    {
        Assert.Empty(Compare(QueueType.Quorum, "webhooks", OurQuorum, policy));
    }

    [Fact]
    public void Should_not_send_anybody_to_the_type_of_a_queue_in_which_messages_wait()
    {
        var step = new DelayStep("reports", TimeSpan.FromSeconds(10));

        var finding = Assert.Single(QueueComparison.CompareArguments(QueueArguments.OfDelay(step), Existing(step.QueueName, "{}", "[]")));

        Assert.StartsWith("Delete it when it is empty", finding.Remedy, StringComparison.Ordinal);
    }

    private static TopologyFinding[] Compare(QueueType type, string queue, string arguments, string policy = "[]")
    {
        var (needed, existing) = (QueueArguments.Of(type, queue), Existing(queue, arguments, policy));
        return [.. QueueComparison.CompareArguments(needed, existing), .. QueueComparison.ComparePolicies(needed, existing)];
    }

    private static ExistingQueue Existing(string name, string arguments, string policy) => JsonSerializer.Deserialize<ExistingQueue>(
        $$"""
        {"name":"{{name}}","durable":true,"auto_delete":false,"policy":"theirs","operator_policy":"above",
         "arguments":{{arguments}},"effective_policy_definition":{{policy}}}
        """)!;
}
