using Gateway.Worker.Bus;
using Gateway.Worker.Hosting;
using Xunit;

namespace Gateway.Worker.Tests.Bus;

public sealed class When_a_queue_is_spread
{
    [Theory]
    [InlineData("webhooks", "webhooks", null)]
    [InlineData("webhooks.1", "webhooks", 1)]
    [InlineData("webhooks.12", "webhooks", 12)]
    [InlineData("webhooks.0", "webhooks.0", null)]
    [InlineData("webhooks.", "webhooks.", null)]
    [InlineData("webhooks.2a", "webhooks.2a", null)]
    [InlineData("webhooks.32", "webhooks", 32)]
    [InlineData("webhooks.33", "webhooks.33", null)]
    [InlineData("webhooks.20260101", "webhooks.20260101", null)]
    [InlineData("webhooks.99999999999", "webhooks.99999999999", null)]
    [InlineData(".2", ".2", null)]
    [InlineData("webhooks.2.moving", "webhooks.2.moving", null)]
    [InlineData("webhook_endpoint_mails.delay.10s", "webhook_endpoint_mails.delay.10s", null)]
    [InlineData("", "", null)]
    public void Should_know_the_queue_by_the_name_of_a_partition(string name, string queue, int? number)
    {
        Assert.Equal(queue, QueueNames.WithoutPartition(name));
        Assert.Equal(number, QueueNames.NumberOf(name));
    }

    /// <summary>The first partition's endpoint has an exchange of its own, and the queue that there is without partitions.</summary>
    [Theory]
    [InlineData("rabbitmq://host/vhost/webhooks.1?queue=webhooks", "webhooks")]
    [InlineData("rabbitmq://host/vhost/webhooks.2", "webhooks.2")]
    [InlineData("rabbitmq://host/vhost/webhooks", "webhooks")]
    public void Should_know_the_queue_by_an_address(string address, string queue)
    {
        Assert.Equal(queue, QueueNames.From(new Uri(address)));
        Assert.Equal("webhooks", QueueNames.JobQueueOf(new Uri(address)));
    }

    [Fact]
    public void Should_send_to_them_by_the_exchange_that_leads_to_those_that_are_there()
    {
        var queues = GatewayJobs.QueuesOf(GatewayJobs.All, webhookPartitions: 3);

        Assert.Equal(new PublishRoute(QueueNames.Webhooks, ""), queues.RouteTo(QueueNames.Webhooks));
        Assert.Equal(new PublishRoute("", QueueNames.WebhooksRetry), queues.RouteTo(QueueNames.WebhooksRetry));
        Assert.Equal(new PublishRoute("", QueueNames.Webhooks), GatewayJobs.QueuesOf(GatewayJobs.All).RouteTo(QueueNames.Webhooks));
    }
}
