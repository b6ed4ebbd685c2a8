using Gateway.Worker.Bus.DelayedSends;
using Xunit;

namespace Gateway.Worker.Tests.Bus.DelayedSends;

public class When_a_destination_is_looked_up
{
    private readonly DelayedDestinations _destinations = new(
    [
        new DelaySteps("webhooks_retry", [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60)]),
        new DelaySteps("periodic", [TimeSpan.FromSeconds(40)]),
        new DelaySteps("webhooks_retry", [TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5)]),
    ]);

    [Theory]
    [InlineData("queue:periodic")]
    [InlineData("exchange:periodic")]
    [InlineData("rabbitmq://broker:5673/gateway/periodic?bind=true")]
    [InlineData("rabbitmqs://broker/periodic")]
    public void Should_read_its_name_from_any_address_of_it(string address)
    {
        Assert.Equal("periodic", _destinations.For(new Uri(address)).Destination);
    }

    [Fact]
    public void Should_put_together_what_several_features_ask_for()
    {
        Assert.Equal(
            ["webhooks_retry.delay.5s", "webhooks_retry.delay.10s", "webhooks_retry.delay.1m"],
            _destinations.For(new Uri("queue:webhooks_retry")).Steps.Select(s => s.QueueName));
        Assert.Equal(4, _destinations.Steps.Count());
    }

    [Fact]
    public void Should_say_how_to_add_an_unknown_one()
    {
        var error = Assert.Throws<InvalidOperationException>(() => _destinations.For(new Uri("queue:reports")));

        Assert.Contains("'reports' cannot be delayed", error.Message, StringComparison.Ordinal);
        Assert.Contains("AddDelayedSends(\"reports\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("periodic, webhooks_retry", error.Message, StringComparison.Ordinal);
    }
}
