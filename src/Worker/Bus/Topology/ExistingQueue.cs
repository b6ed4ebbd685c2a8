using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Worker.Bus.Topology;

/// <summary>A queue as the management API tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDurable">Whether it survives a restart of the broker.</param>
/// <param name="IsAutoDelete">Whether it goes with its last consumer.</param>
/// <param name="Arguments">An object; a list where there is none.</param>
/// <param name="Policy">The policy that applies; null or empty where none does.</param>
/// <param name="OperatorPolicy">The operator policy that applies; null or empty where none does.</param>
/// <param name="EffectivePolicy">What both set together: an object, or a list where they set nothing; left out at first.</param>
internal sealed record ExistingQueue(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("durable")] bool? IsDurable,
    [property: JsonPropertyName("auto_delete")] bool? IsAutoDelete,
    [property: JsonPropertyName("arguments")] JsonElement Arguments,
    [property: JsonPropertyName("policy")] string? Policy,
    [property: JsonPropertyName("operator_policy")] string? OperatorPolicy,
    [property: JsonPropertyName("effective_policy_definition")] JsonElement EffectivePolicy)
{
    /// <summary>What of it the check needs.</summary>
    public const string Columns = "name,durable,auto_delete,arguments,policy,operator_policy,effective_policy_definition";

    /// <summary>Its arguments as text.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> ArgumentTexts => TextsOf(Arguments);

    /// <summary>What policies set, as text.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> PolicyTexts => TextsOf(EffectivePolicy);

    /// <summary>Whether it is known which policies apply, which is told some seconds after a queue was declared.</summary>
    [JsonIgnore]
    public bool IsTold => EffectivePolicy.ValueKind != JsonValueKind.Undefined;

    private static Dictionary<string, string> TextsOf(JsonElement table) => table.ValueKind == JsonValueKind.Object
        ? table.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString())
        : [];
}
