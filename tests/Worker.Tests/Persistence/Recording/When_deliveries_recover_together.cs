using System.Text.Json;
using Gateway.Contracts;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Recording;
using Xunit;

namespace Gateway.Worker.Tests.Persistence.Recording;

/// <summary>After an outage each success is a recovery, a thousand in a second: a commit tells of all of its own in one row.</summary>
public sealed class When_deliveries_recover_together
{
    private static readonly DateTime Now = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Should_tell_of_them_in_one_row_with_the_id_of_each_and_of_the_rest_in_rows_of_their_own()
    {
        OutboxMessage[] recovered = [.. Enumerable.Range(0, 3).Select(_ => Message(new WebhookRecovered
        {
            DeliveryId = Guid.CreateVersion7(),
            MerchantId = "1",
            Event = "payment.completed",
            Attempt = 2,
            DeliveredAt = Now,
        }))];
        var exhausted = Message(new WebhookExhausted
        {
            DeliveryId = Guid.CreateVersion7(),
            MerchantId = "1",
            Event = "payment.completed",
            Attempts = 6,
            Reason = "timeout",
            ExhaustedAt = Now,
        });

        var messages = MessagesOf([recovered[0], exhausted, recovered[1], recovered[2]]);

        Assert.Equal(2, messages.Count);
        Assert.Same(exhausted, messages[0]);
        Assert.Equal("Gateway.Contracts.WebhookRecovered", BundledMessage.ContractOf(messages[1].MessageType, out var isBundle));
        Assert.True(isBundle);
        var bundled = JsonSerializer.Deserialize<BundledMessage[]>(messages[1].Body)!;
        Assert.Equal(
            recovered.Select(message => (message.MessageId, JsonSerializer.Deserialize<WebhookRecovered>(message.Body))),
            bundled.Select(one => (one.MessageId, one.Message.Deserialize<WebhookRecovered>())));
    }

    [Fact]
    public void Should_leave_a_single_one_as_it_is()
    {
        var recovered = Message(new WebhookRecovered
        {
            DeliveryId = Guid.CreateVersion7(),
            MerchantId = "1",
            Event = "payment.completed",
            Attempt = 2,
            DeliveredAt = Now,
        });

        Assert.Same(recovered, Assert.Single(MessagesOf([recovered])));
        Assert.Equal("Gateway.Contracts.WebhookRecovered", BundledMessage.ContractOf(recovered.MessageType, out var isBundle));
        Assert.False(isBundle);
    }

    private static List<OutboxMessage> MessagesOf(params OutboxMessage[] messages) =>
        new RecordsOfCommit([.. messages.Select(message => new JobRecord { Messages = [message] })], Now).Messages;

    private static OutboxMessage Message<T>(T message)
        where T : class => OutboxMessage.Create(message, Guid.CreateVersion7(), "key", mustArrive: false, Now);
}
