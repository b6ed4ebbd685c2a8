using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Testing;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Gateway.Worker.Tests.Contracts;

/// <summary><c>docs/asyncapi.yaml</c>, read as the JSON that it stands for (YAML 1.2, core schema).</summary>
internal sealed class AsyncApiDocument
{
    private AsyncApiDocument(JsonNode root) => Root = root;

    public JsonNode Root { get; }

    public JsonObject Channels => Root["channels"]!.AsObject();

    public JsonObject Operations => Root["operations"]!.AsObject();

    public JsonObject Messages => Root["components"]!["messages"]!.AsObject();

    public JsonObject Schemas => Root["components"]!["schemas"]!.AsObject();

    public static AsyncApiDocument Read()
    {
        var yaml = new YamlStream();
        using var text = File.OpenText(Repository.PathOf("docs/asyncapi.yaml"));
        yaml.Load(text);
        return new AsyncApiDocument(ToJson(yaml.Documents[0].RootNode)!);
    }

    /// <summary>What a <c>$ref</c> points to, and the last part of its path; the node itself when it is none.</summary>
    public (JsonNode Node, string? Name) Follow(JsonNode node)
    {
        if (node is not JsonObject || node["$ref"] is not { } reference)
        {
            return (node, null);
        }

        var path = reference.GetValue<string>().Split('/');
        Assert.Equal("#", path[0]);
        var target = path.Skip(1).Aggregate(Root, (at, part) => at[part] ?? throw new InvalidOperationException($"{reference} points to nothing"));
        return (target, path[^1]);
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToJson)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode { Value: "null" or "" or null } => null,
        YamlScalarNode { Value: "true" } => JsonValue.Create(true),
        YamlScalarNode { Value: "false" } => JsonValue.Create(false),
        YamlScalarNode { Value: var plain } when decimal.TryParse(
            plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new NotSupportedException($"{node.NodeType} at {node.Start}"),
    };
}
