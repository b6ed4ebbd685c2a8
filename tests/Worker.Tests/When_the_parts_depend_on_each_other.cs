using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Worker.Webhooks;
using Xunit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Gateway.Worker.Tests;

public class When_the_parts_depend_on_each_other
{
    private static readonly Architecture Everything = new ArchLoader()
        .LoadAssemblies(typeof(DeliverWebhook).Assembly, typeof(GatewayDbContext).Assembly, typeof(WebhookOptions).Assembly)
        .Build();

    [Theory]
    [InlineData("Gateway.Contracts", "Gateway.Persistence")]
    [InlineData("Gateway.Contracts", "Gateway.Worker")]
    [InlineData("Gateway.Persistence", "Gateway.Worker")]
    [InlineData("Gateway.Worker.Bus", "Gateway.Worker.Webhooks")]
    [InlineData("Gateway.Worker.Bus", "Gateway.Worker.Ops")]
    [InlineData("Gateway.Worker.Bus", "Gateway.Worker.Jobs")]
    [InlineData("Gateway.Worker.Jobs", "Gateway.Worker.Webhooks")]
    [InlineData("Gateway.Worker.Jobs", "Gateway.Worker.Scheduling")]
    [InlineData("Gateway.Worker.Jobs", "Gateway.Worker.Ops")]
    [InlineData("Gateway.Worker.Scheduling", "Gateway.Worker.Webhooks")]
    [InlineData("Gateway.Worker.Scheduling", "Gateway.Worker.Ops")]
    [InlineData("Gateway.Worker.Webhooks", "Gateway.Worker.Scheduling")]
    [InlineData("Gateway.Worker.Webhooks", "Gateway.Worker.Ops")]
    [InlineData("Gateway.Worker.Webhooks", "Gateway.Worker.Wallets")]
    [InlineData("Gateway.Worker.Wallets", "Gateway.Worker.Webhooks")]
    [InlineData("Gateway.Worker.Wallets", "Gateway.Worker.Ops")]
    [InlineData("Gateway.Worker.Bus", "Gateway.Worker.Wallets")]
    [InlineData("Gateway.Worker.Jobs", "Gateway.Worker.Wallets")]
    [InlineData("Gateway.Worker.Mail", "Gateway.Worker.(Jobs|Wallets|Webhooks|Settlement|Ops|Bus)")]
    [InlineData("Gateway.Worker.Outbox", "Gateway.Worker.(Jobs|Payments|Wallets|Webhooks|Settlement|Ops|Scheduling)")]
    [InlineData("Gateway.Worker.Payments", "Gateway.Worker.(Wallets|Webhooks|Settlement|Ops|Scheduling)")]
    [InlineData("Gateway.Worker.(Webhooks|Wallets)", "Gateway.Worker.Payments")]
    [InlineData("Gateway.Worker.Settlement", "Gateway.Worker.(Payments|Wallets|Webhooks|Ops|Scheduling)")]
    [InlineData("Gateway.Worker.(Webhooks|Wallets|Payments)", "Gateway.Worker.Settlement")]
    [InlineData("Gateway.Worker.(Bus|Jobs|Webhooks|Wallets|Payments|Settlement|Outbox|Scheduling)", "Gateway.Worker.DeadLetters")]
    [InlineData("Gateway.Worker.DeadLetters", "Gateway.Worker.(Ops|Wallets|Payments|Settlement|Scheduling)")]
    [InlineData("Gateway.Worker.Webhooks", "Gateway.Worker.Demo")]
    public void Should_point_one_way(string from, string to)
    {
        Types().That().ResideInNamespaceMatching($"^{from}(\\.|$)")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching($"^{to}(\\.|$)"))
            .Check(Everything);
    }

    [Fact]
    public void Should_give_producers_contracts_without_baggage()
    {
        var references = typeof(DeliverWebhook).Assembly.GetReferencedAssemblies().Select(a => a.Name!);

        Assert.All(references, name => Assert.True(
            name.StartsWith("System.", StringComparison.Ordinal) || name == "MassTransit.Abstractions",
            $"Gateway.Contracts refers to {name}"));
    }
}
