using System.Text.Json.Nodes;

namespace Gateway.Worker.Wallets;

/// <summary>A call of JSON-RPC.</summary>
/// <param name="Method">What is called.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed record RpcCall(string Method, params JsonNode?[] Parameters)
{
    /// <summary>The call as it is sent.</summary>
    public JsonObject ToJson(int id) => new()
    {
        ["jsonrpc"] = "2.0",
        ["id"] = id,
        ["method"] = Method,
        ["params"] = new JsonArray([.. Parameters.Select(parameter => parameter?.DeepClone())]),
    };
}
