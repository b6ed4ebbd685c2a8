using System.Net;
using Gateway.Testing.Workers;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

[Collection("Scraped")]
public sealed class When_pages_say_who_may_come
{
    private static readonly string[] ForAll = ["/healthz/live", "/healthz/ready", "/healthz/startup", "/sign-in", "/sign-in", "/sign-out"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_show_strangers_where_one_signs_in_and_what_that_page_loads()
    {
        await using var worker = await StartAsync();
        var routes = worker.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            // Beside what is loaded, what answers where there is no such file, for operators alone as whatever says nothing.
            .Where(route => route.Metadata.GetMetadata<StaticAssetDescriptor>() is null && route.RoutePattern.RawText != "{**path:file}")
            .ToLookup(route => route.Metadata.GetMetadata<IAllowAnonymous>() is not null);

        Assert.Equal(ForAll, routes[true].Select(route => "/" + route.RoutePattern.RawText!.TrimStart('/')).Order(StringComparer.Ordinal));
        Assert.Contains(routes[false], route => route.RoutePattern.RawText == "/_blazor");
        Assert.All(routes[false], route => Assert.NotEmpty(
            route.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(asked => asked.Policy).Intersect([Roles.Viewer, Roles.Operator])));
    }

    [Theory]
    [InlineData("/", "/sign-in")]
    [InlineData("/jobs?state=dead", "/sign-in?from=%2Fjobs%3Fstate%3Ddead")]
    [InlineData("/_blazor", "/sign-in?from=%2F_blazor")]
    public async Task Should_lead_a_stranger_to_where_one_signs_in(string path, string where)
    {
        await using var worker = await StartAsync();
        using var answer = await worker.GetAsync(path);

        // It is asked for by the page that it is led to.
        Assert.Equal(where, answer.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Contains("name=\"key\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_a_stranger_at_the_API_as_before()
    {
        await using var worker = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/jobs") { Headers = { { "Cookie", "gateway-visitor=nonsense" } } };
        using var answer = await worker.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("/gateway/sign-in")]
    [InlineData("/sign-in")]
    public async Task Should_be_found_under_the_path_of_a_proxy_whether_it_leaves_it_or_not(string path)
    {
        await using var worker = await StartAsync(("OPS_PATH_BASE", "/gateway"));
        using var answer = await worker.GetAsync(path);

        Assert.Contains("<base href=\"/gateway/\"", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private static Task<EmbeddedWorker> StartAsync(params (string Variable, string Value)[] settings) => EmbeddedWorker.StartAsync(
        [("GATEWAY_DASHBOARD", "on"), ("OPS_API_KEYS", $"alice:viewer:{new string('0', 64)}"), .. settings]);
}
