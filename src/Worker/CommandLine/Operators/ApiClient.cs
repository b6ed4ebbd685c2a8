using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Worker.CommandLine.Operators;

/// <summary>Speaks to a worker's API. What it answers is passed on as it is.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>The environment variable that holds the key; on a command line it would be in the process list.</summary>
    public const string KeyVariable = "OPS_API_KEY";

    private readonly HttpClient _http;

    public ApiClient(Uri url, string? key, HttpMessageHandler? handler = null)
    {
        // A proxy that the environment names would see the key.
        handler ??= new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        _http = new HttpClient(handler) { BaseAddress = url, Timeout = TimeSpan.FromMinutes(2) };
        if (key is { Length: > 0 })
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public Task<JsonNode?> GetAsync(string path, CancellationToken stop) => SendAsync(HttpMethod.Get, path, body: null, stop);

    public Task<JsonNode?> PostAsync(string path, JsonNode? body, CancellationToken stop) => SendAsync(HttpMethod.Post, path, body, stop);

    public Task<JsonNode?> DeleteAsync(string path, CancellationToken stop) => SendAsync(HttpMethod.Delete, path, body: null, stop);

    /// <summary>A path with those values of its query that are given.</summary>
    public static string PathOf(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var text = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in query)
        {
            if (value is not null)
            {
                text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return text.ToString();
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, stop);
        }
        catch (Exception exception) when (
            exception is HttpRequestException
            || (exception is TaskCanceledException && !stop.IsCancellationRequested))
        {
            throw new ApiException(ExitCodes.NotReachable, $"{_http.BaseAddress} does not answer: {exception.Message}");
        }

        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync(stop);
            if (answer.IsSuccessStatusCode)
            {
                try
                {
                    return text.Length == 0 ? null : JsonNode.Parse(text);
                }
                catch (JsonException)
                {
                    throw new ApiException(ExitCodes.Failed, $"{_http.BaseAddress} is no worker: what it answers is no JSON.");
                }
            }

            throw new ApiException(
                answer.StatusCode switch
                {
                    HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests => ExitCodes.KeyRefused,
                    HttpStatusCode.NotFound => ExitCodes.NotFound,
                    _ => ExitCodes.Failed,
                },
                Describe(answer.StatusCode, text));
        }
    }

    private static string Describe(HttpStatusCode status, string text)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonObject problem)
            {
                var errors = (problem["errors"] as JsonObject)?.SelectMany(error =>
                    error.Value is JsonArray messages ? messages.Select(m => m?.ToString()) : []);
                return string.Join(
                    ": ",
                    new[] { problem["title"]?.ToString(), problem["detail"]?.ToString() }
                        .Concat(errors ?? []).Where(part => part is { Length: > 0 }));
            }
        }
        catch (JsonException)
        {
            // Something between here and the worker answered, a proxy perhaps.
        }

        return $"The answer was {(int)status} {status}.";
    }
}
