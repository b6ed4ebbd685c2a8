using System.Text.Json;
using System.Text.Json.Nodes;
using Polly.Timeout;

namespace Gateway.Worker.Wallets;

/// <summary>JSON-RPC batches over HTTP, tried at one server after the other until one gives an answer that can be used.</summary>
public sealed class JsonRpc(IHttpClientFactory clients)
{
    /// <summary>The client of <see cref="IHttpClientFactory"/> with the timeouts and the second try of each server.</summary>
    internal const string ClientName = "wallet-rpc";

    internal const int LargestAnswer = 1024 * 1024;

    /// <summary>Sends a batch.</summary>
    /// <param name="urls">The servers, the preferred first.</param>
    /// <param name="calls">Method and parameters of each call.</param>
    /// <param name="read">Makes sense of the results, in the order of the calls.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="UnreadableBalanceException">No server gave an answer that could be used.</exception>
    public async Task<T> CallAsync<T>(
        IReadOnlyList<Uri> urls, IReadOnlyList<(string Method, JsonArray Parameters)> calls, Func<JsonElement[], T> read, CancellationToken cancellationToken)
    {
        var batch = new JsonArray([.. calls.Select((call, id) => new JsonObject
        {
            ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = call.Method, ["params"] = call.Parameters,
        })]).ToJsonString();

        List<string> complaints = [];
        foreach (var url in urls)
        {
            try
            {
                return await CallAsync(url, batch, calls.Count, read, cancellationToken);
            }
            catch (Exception exception) when (Complaint(exception, cancellationToken) is { } complaint)
            {
                complaints.Add($"{url.Host}: {complaint}");
            }
        }

        throw new UnreadableBalanceException(string.Join("; ", complaints));
    }

    private async Task<T> CallAsync<T>(Uri url, string batch, int count, Func<JsonElement[], T> read, CancellationToken cancellationToken)
    {
        using var http = clients.CreateClient(ClientName);
        using var content = new StringContent(batch, null, "application/json");
        using var response = await http.PostAsync(url, content, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new UnreadableBalanceException($"HTTP {(int)response.StatusCode}");
        }

        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return read(Results(answer.RootElement, count));
    }

    // A batch may be answered in any order.
    private static JsonElement[] Results(JsonElement answer, int count)
    {
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out var whole))
        {
            throw Refused(whole);
        }

        var results = new JsonElement[count];
        foreach (var item in answer.EnumerateArray())
        {
            if (item.TryGetProperty("error", out var error))
            {
                throw Refused(error);
            }

            results[item.GetProperty("id").GetInt32()] = item.GetProperty("result");
        }

        return Array.Exists(results, result => result.ValueKind == JsonValueKind.Undefined)
            ? throw new UnreadableBalanceException("an answer is missing")
            : results;
    }

    private static UnreadableBalanceException Refused(JsonElement error) => new($"JSON-RPC error {error.GetProperty("code").GetInt32()}");

    private static string? Complaint(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        UnreadableBalanceException => exception.Message,
        OperationCanceledException => cancellationToken.IsCancellationRequested ? null : "no answer in time",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => $"an answer of more than {LargestAnswer} bytes",
        TimeoutRejectedException => "no answer in time",
        HttpRequestException or IOException => "not reachable",
        JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException => "an answer of another shape",
        _ => null,
    };
}
