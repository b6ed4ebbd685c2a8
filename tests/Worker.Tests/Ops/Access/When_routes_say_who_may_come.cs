using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Gateway.Testing.Workers;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Access;

[Collection("Scraped")]
public sealed class When_routes_say_who_may_come
{
    private const string ViewersKey = "look";
    private const string OperatorsKey = "change";

    private static readonly string[] Open = ["/", "/healthz/live", "/healthz/ready", "/healthz/startup"];

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task Should_ask_a_role_but_for_the_probes_the_first_page_and_open_metrics(string metricsOpen)
    {
        await using var worker = await StartAsync(("METRICS_OPEN", metricsOpen));
        string[] open = metricsOpen == "true" ? [.. Open, "/metrics"] : Open;

        var (anonymous, asking) = (new List<string>(), new List<RouteEndpoint>());
        foreach (var route in RoutesOf(worker))
        {
            if (route.Metadata.GetMetadata<IAllowAnonymous>() is null)
            {
                asking.Add(route);
            }
            else
            {
                anonymous.Add(route.RoutePattern.RawText!);
            }
        }

        Assert.Equal(open, anonymous.Order(StringComparer.Ordinal));
        Assert.All(asking, route => Assert.NotEmpty(PoliciesOf(route).Intersect([Roles.Viewer, Roles.Operator])));
        foreach (var route in asking)
        {
            Assert.Equal((route.RoutePattern.RawText, HttpStatusCode.Unauthorized), (route.RoutePattern.RawText, await AskAsync(worker, route, key: null)));
        }
    }

    [Fact]
    public async Task Should_ask_for_an_operator_where_something_is_changed()
    {
        await using var worker = await StartAsync();
        var changes = RoutesOf(worker).Where(route => MethodOf(route) != HttpMethod.Get).ToList();

        Assert.True(changes.Count > 20, $"only {changes.Count} routes change something");
        foreach (var route in changes)
        {
            Assert.Contains(Roles.Operator, PoliciesOf(route));
            Assert.Equal((route.RoutePattern.RawText, HttpStatusCode.Forbidden), (route.RoutePattern.RawText, await AskAsync(worker, route, ViewersKey)));
        }
    }

    [Fact]
    public async Task Should_close_one_that_says_nothing()
    {
        await using var worker = await EmbeddedWorker.StartAsync(
            app => app.MapGet("/forgotten", () => "open"), ("OPS_API_KEYS", $"{EntryOf("eve", ViewersKey, false)},{EntryOf("ann", OperatorsKey, true)}"));

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(worker, HttpMethod.Get, "/forgotten", key: null));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(worker, HttpMethod.Get, "/forgotten", ViewersKey));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(worker, HttpMethod.Get, "/forgotten", OperatorsKey));
    }

    [Fact]
    public async Task Should_tell_only_whoever_has_a_key_that_there_is_none()
    {
        await using var worker = await StartAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(worker, HttpMethod.Get, "/api/nothing", key: null));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(worker, HttpMethod.Get, "/api/nothing", ViewersKey));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await AskAsync(worker, HttpMethod.Delete, "/api/jobs", OperatorsKey));
    }

    [Fact]
    public async Task Should_count_no_wrong_key_where_none_is_asked_for()
    {
        await using var worker = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(worker, HttpMethod.Get, "/healthz/live", "wrong"));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(worker, HttpMethod.Get, "/api/queues", "wrong"));
    }

    private static Task<EmbeddedWorker> StartAsync(params (string Variable, string Value)[] settings) => EmbeddedWorker.StartAsync(
        [("OPS_API_KEYS", $"{EntryOf("eve", ViewersKey, false)},{EntryOf("ann", OperatorsKey, true)}"), .. settings]);

    private static string EntryOf(string name, string key, bool mayChange) =>
        new ApiKey(name, mayChange, SHA256.HashData(Encoding.UTF8.GetBytes(key))).ToEntry();

    private static IEnumerable<RouteEndpoint> RoutesOf(EmbeddedWorker worker) =>
        worker.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>();

    private static IEnumerable<string?> PoliciesOf(RouteEndpoint route) =>
        route.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(asked => asked.Policy);

    // A probe and the metrics take any method.
    private static HttpMethod MethodOf(RouteEndpoint route) =>
        route.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods: [var method, ..] } ? new HttpMethod(method) : HttpMethod.Get;

    private static Task<HttpStatusCode> AskAsync(EmbeddedWorker worker, RouteEndpoint route, string? key) => AskAsync(
        worker,
        MethodOf(route),
        "/" + string.Join('/', route.RoutePattern.PathSegments.Select(
            segment => segment.Parts is [RoutePatternLiteralPart { Content: var literal }] ? literal : "v1")),
        key);

    private static async Task<HttpStatusCode> AskAsync(EmbeddedWorker worker, HttpMethod method, string path, string? key)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using var answer = await worker.SendAsync(request);
        return answer.StatusCode;
    }
}
