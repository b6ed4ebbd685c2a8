using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Gateway.Contracts;
using Gateway.Persistence;
using Gateway.Worker.Hosting;
using Xunit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Gateway.Worker.Tests;

public partial class When_the_parts_depend_on_each_other
{
    // From the bottom up: a part may know those of the lines above its own and none beside it.
    private static readonly string[][] Layers =
    [
        ["Configuration"],
        ["Calendar", "Mail", "Telemetry"],
        ["Bus"],
        ["Bulk", "Gate", "Outbox", "Servers", "Workers"],
        ["Jobs"],
        ["Payments", "Scheduling", "Settlement", "Wallets", "Webhooks"],
        ["DeadLetters"],
        ["Ops"],
        ["Dashboard"],
        ["Hosting"],
        ["Demo"],
        ["CommandLine"],
    ];

    private static readonly Architecture Everything = new ArchLoader()
        .LoadAssemblies(typeof(DeliverWebhook).Assembly, typeof(GatewayDbContext).Assembly, typeof(GatewayHost).Assembly)
        .Build();

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>
            {
                { "Gateway.Contracts", "Gateway.(Persistence|Worker)" },
                { "Gateway.Persistence", "Gateway.Worker" },
            };
            for (var layer = 0; layer < Layers.Length; layer++)
            {
                foreach (var part in Layers[layer])
                {
                    string[] others = [.. Layers[layer].Where(other => other != part), .. Layers[(layer + 1)..].SelectMany(above => above)];
                    if (others.Length > 0)
                    {
                        pairs.Add($"Gateway.Worker.{part}", $"Gateway.Worker.({string.Join('|', others)})");
                    }
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Should_point_one_way(string from, string to)
    {
        Types().That().ResideInNamespaceMatching($"^{from}(\\.|$)")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching($"^{to}(\\.|$)"))
            .Check(Everything);
    }

    // Between the folders of the worker the layers leave no place for one.
    [Theory]
    [InlineData("Gateway.Worker.Bus.(*)")]
    [InlineData("Gateway.Worker.Dashboard.(*)")]
    [InlineData("Gateway.Worker.Ops.(*)")]
    [InlineData("Gateway.Worker.Webhooks.(*)")]
    [InlineData("Gateway.Persistence.(*)")]
    public void Should_be_no_circle_of_folders(string folders)
    {
        SliceRuleDefinition.Slices().Matching(folders).Should().BeFreeOfCycles().Check(Everything);
    }

    [Fact]
    public void Should_know_nothing_of_the_consumer_in_the_folders_of_webhooks()
    {
        Types().That().ResideInNamespaceMatching(@"^Gateway\.Worker\.Webhooks\.")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Gateway\.Worker\.Webhooks$"))
            .Check(Everything);
    }

    [Fact]
    public void Should_have_a_layer_for_every_folder()
    {
        var folders = Everything.Types
            .Select(type => Folder().Match(type.Namespace.FullName)).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct();

        Assert.Equal(Layers.SelectMany(layer => layer).Order(), folders.Order());
    }

    [Fact]
    public void Should_give_producers_contracts_without_baggage()
    {
        var references = typeof(DeliverWebhook).Assembly.GetReferencedAssemblies().Select(a => a.Name!);

        Assert.All(references, name => Assert.True(
            name.StartsWith("System.", StringComparison.Ordinal) || name == "MassTransit.Abstractions",
            $"Gateway.Contracts refers to {name}"));
    }

    [GeneratedRegex(@"^Gateway\.Worker\.(\w+)")]
    private static partial Regex Folder();
}
