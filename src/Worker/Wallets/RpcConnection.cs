using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Worker.Wallets;

/// <summary>
/// One JSON-RPC server (https://www.jsonrpc.org/specification). Several calls go as one batch; a server that takes none is asked for one
/// after the other.
/// </summary>
internal sealed class RpcConnection(HttpClient http, Uri url)
{
    private bool _refusesBatches;

    /// <summary>The server's address. Its path may hold a key: only the host may be shown.</summary>
    public Uri Url => url;

    /// <summary>Makes calls and returns their results, in the order of the calls.</summary>
    /// <exception cref="UnreadableBalanceException">The server refused, or left an answer out.</exception>
    public async Task<JsonElement[]> CallAsync(IReadOnlyList<RpcCall> calls, CancellationToken cancellationToken)
    {
        if (!_refusesBatches)
        {
            var (status, answer) = await PostAsync(new JsonArray([.. calls.Select((call, id) => call.ToJson(id))]), cancellationToken);
            if (status is HttpStatusCode.OK && answer is { ValueKind: JsonValueKind.Array })
            {
                return Results(answer.Value, calls.Count);
            }

            _refusesBatches = IsRefusedBatch(status, answer) ? true : throw Refusal(status, answer);
        }

        var results = new JsonElement[calls.Count];
        for (var id = 0; id < results.Length; id++)
        {
            var (status, answer) = await PostAsync(calls[id].ToJson(id), cancellationToken);
            results[id] = status is HttpStatusCode.OK && answer is { ValueKind: JsonValueKind.Object } alone && ErrorOf(alone) is null
                ? alone.GetProperty("result")
                : throw Refusal(status, answer);
        }

        return results;
    }

    // What servers answer that know no batches, or sell them apart: a refusal of the request as a whole.
    private static bool IsRefusedBatch(HttpStatusCode status, JsonElement? answer) => status switch
    {
        HttpStatusCode.OK => answer is { ValueKind: JsonValueKind.Object } whole && ErrorOf(whole) is not null,
        HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed or HttpStatusCode.RequestEntityTooLarge
            or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.UnprocessableEntity or HttpStatusCode.NotImplemented => true,
        _ => false,
    };

    // Version 1 of the protocol has an error of null beside each result.
    private static JsonElement? ErrorOf(JsonElement answer) =>
        answer.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null ? error : null;

    private async Task<(HttpStatusCode Status, JsonElement? Answer)> PostAsync(JsonNode request, CancellationToken cancellationToken)
    {
        using var content = new StringContent(request.ToJsonString(), null, "application/json");
        using var response = await http.PostAsync(url, content, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            return (response.StatusCode, JsonSerializer.Deserialize<JsonElement>(body));
        }
        catch (JsonException)
        {
            return (response.StatusCode, null);
        }
    }

    // A batch may be answered in any order.
    private JsonElement[] Results(JsonElement answer, int count)
    {
        var results = new JsonElement[count];
        foreach (var item in answer.EnumerateArray())
        {
            if (ErrorOf(item) is { } error)
            {
                throw new UnreadableBalanceException(Describe(error));
            }

            results[item.GetProperty("id").GetInt32()] = item.GetProperty("result");
        }

        return Array.Exists(results, result => result.ValueKind == JsonValueKind.Undefined)
            ? throw new UnreadableBalanceException("an answer is missing")
            : results;
    }

    private UnreadableBalanceException Refusal(HttpStatusCode status, JsonElement? answer)
    {
        var error = answer is { ValueKind: JsonValueKind.Object } whole && ErrorOf(whole) is { } words ? Describe(words) : null;
        return new UnreadableBalanceException((status, error) switch
        {
            (HttpStatusCode.OK, null) => "an answer of another shape",
            (HttpStatusCode.OK, _) => error,
            (_, null) => $"HTTP {(int)status}",
            _ => $"HTTP {(int)status}, {error}",
        });
    }

    private string Describe(JsonElement error)
    {
        var (code, text) = error.ValueKind == JsonValueKind.Object
            ? (TextOf("code"), TextOf("message"))
            : ("", RpcText.Clean(error.ToString(), url));
        return $"JSON-RPC error{(code.Length == 0 ? "" : $" {code}")}{(text.Length == 0 ? "" : $": {text}")}";

        string TextOf(string property) => error.TryGetProperty(property, out var value) ? RpcText.Clean(value.ToString(), url) : "";
    }
}
