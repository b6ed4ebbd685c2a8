using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Ops;

/// <summary>
/// PostgreSQL takes no NUL. Every filter and every field that the API's own description names is tried. (docs/faults.md: C2)
/// </summary>
public sealed partial class When_a_request_holds_a_NUL(When_a_request_holds_a_NUL.Worker worker)
    : IClassFixture<When_a_request_holds_a_NUL.Worker>
{
    private const string Complaint = "holds a NUL character, which no text here has";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_refuse_it_in_every_filter_of_every_route()
    {
        var tried = new List<string>();
        foreach (var (method, path, operation) in await OperationsAsync())
        {
            foreach (var name in QueryOf(operation))
            {
                tried.Add($"{method} {path} {name}");
                using var request = new HttpRequestMessage(HttpMethod.Parse(method), $"{Filled(path)}?{name}=a%00b");
                await IsRefusedAsync(request, name);
            }
        }

        Assert.Contains("get /api/jobs merchant_id", tried);
        Assert.Contains("get /api/dead-letters cursor", tried);
    }

    [Fact]
    public async Task Should_refuse_it_in_every_text_of_every_body()
    {
        var document = await worker.Api.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation);
        var tried = new List<string>();
        foreach (var (method, path, operation) in await OperationsAsync())
        {
            foreach (var (name, isList) in TextsOf(document, operation))
            {
                tried.Add($"{method} {path} {name}");
                using var request = new HttpRequestMessage(HttpMethod.Parse(method), Filled(path));
                request.Content = new StringContent(
                    isList ? $$"""{"{{name}}":["\u0000"]}""" : $$"""{"{{name}}":"a\u0000b"}""", Encoding.UTF8, "application/json");
                await IsRefusedAsync(request, isList ? $"{name}[0]" : name);
            }
        }

        Assert.Contains("post /api/webhooks/recover merchant_id", tried);
        Assert.Contains("post /api/webhooks/recover states", tried);
        Assert.Contains("post /api/jobs/webhooks event", tried);
    }

    [Theory]
    [InlineData("/api/jobs/%00")]
    [InlineData("/api/webhooks/endpoints/a%00")]
    public async Task Should_refuse_it_in_a_path(string path)
    {
        using var answer = await worker.Api.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private async Task IsRefusedAsync(HttpRequestMessage request, string name)
    {
        using var answer = await worker.Api.SendAsync(request, Cancellation);
        var problem = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(
            answer.StatusCode == HttpStatusCode.BadRequest && problem.Contains($"{name} {Complaint}", StringComparison.Ordinal),
            $"{request.Method} {request.RequestUri} with {name}: {answer.StatusCode} {problem}");
    }

    private async Task<IEnumerable<(string Method, string Path, JsonElement Operation)>> OperationsAsync()
    {
        var document = await worker.Api.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation);
        return document.GetProperty("paths").EnumerateObject().SelectMany(path =>
            path.Value.EnumerateObject().Select(operation => (operation.Name, path.Name.TrimEnd('/'), operation.Value)));
    }

    private static IEnumerable<string> QueryOf(JsonElement operation) => operation.TryGetProperty("parameters", out var parameters)
        ? parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query")
            .Select(parameter => parameter.GetProperty("name").GetString()!)
        : [];

    private static IEnumerable<(string Name, bool IsList)> TextsOf(JsonElement document, JsonElement operation)
    {
        if (!operation.TryGetProperty("requestBody", out var body))
        {
            return [];
        }

        var reference = Reference().Match(body.GetRawText()).Groups[1].Value;
        return document.GetProperty("components").GetProperty("schemas").GetProperty(reference).GetProperty("properties").EnumerateObject()
            .Where(property => IsText(property.Value) || (property.Value.TryGetProperty("items", out var items) && IsText(items)))
            .Select(property => (property.Name, property.Value.TryGetProperty("items", out _)));
    }

    // A date or an id is no text that could be looked for: what is none is refused for that.
    private static bool IsText(JsonElement schema) => schema.TryGetProperty("type", out var type)
        && type.GetRawText().Contains("\"string\"", StringComparison.Ordinal)
        && !schema.TryGetProperty("format", out _)
        && !schema.TryGetProperty("pattern", out _);

    private static string Filled(string path) => Placeholder().Replace(path, "x");

    [GeneratedRegex("#/components/schemas/(\\w+)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
