using System.Text.Json.Nodes;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>A column of what is printed: a property of each object, or of the one that is shown.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Property">The property in the API's answer.</param>
internal sealed record Column(string Title, string Property)
{
    public string TextOf(JsonNode? row) => row?[Property] switch
    {
        null => "",
        JsonValue value => value.ToString(),
        JsonArray { Count: 0 } => "",
        JsonArray array when array.All(item => item is JsonValue) => string.Join(',', array.Select(item => item!.ToString())),
        var other => other.ToJsonString(),
    };
}
