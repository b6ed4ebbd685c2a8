using System.Net;
using Gateway.Testing.Workers;
using Gateway.Worker.Hosting;
using Gateway.Worker.Ops.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Access;

/// <summary>
/// Embedded mode asks for no key, and a browser on the same machine sends what any page tells it to. (docs/faults.md: G5)
/// </summary>
[Collection("Scraped")]
public class When_a_page_of_another_site_asks
{
    [Theory]
    [InlineData("GET", "127.0.0.1:8090", null)]
    [InlineData("GET", "localhost:8090", "https://evil.example")]
    [InlineData("POST", "[::1]:8090", null)]
    [InlineData("POST", "LOCALHOST", "http://localhost:8090")]
    [InlineData("POST", "127.8.9.10", "http://127.0.0.1:3000")]
    [InlineData("DELETE", "worker.test:8090", "https://worker.test")]
    public async Task Should_do_what_comes_from_this_machine(string method, string host, string? origin) =>
        Assert.Equal(StatusCodes.Status204NoContent, await AskAsync(method, host, origin));

    [Theory]
    [InlineData("GET", "evil.example:8090")]
    [InlineData("POST", "localhost.evil.example")]
    [InlineData("GET", "10.0.0.7:8090")]
    [InlineData("GET", "")]
    public async Task Should_not_answer_for_a_name_of_somebody_else(string method, string host) =>
        Assert.Equal(StatusCodes.Status421MisdirectedRequest, await AskAsync(method, host, origin: null));

    [Theory]
    [InlineData("POST", "https://evil.example")]
    [InlineData("DELETE", "http://localhost.evil.example")]
    [InlineData("POST", "null")]
    public async Task Should_change_nothing_for_it(string method, string origin) =>
        Assert.Equal(StatusCodes.Status403Forbidden, await AskAsync(method, "127.0.0.1:8090", origin));

    [Fact]
    public async Task Should_change_nothing_for_a_browser_that_names_no_origin() =>
        Assert.Equal(StatusCodes.Status403Forbidden, await AskAsync("POST", "127.0.0.1:8090", origin: null, fetchSite: "cross-site"));

    [Fact]
    public async Task Should_leave_it_to_the_key_where_one_is_asked_for() =>
        Assert.Equal(
            StatusCodes.Status204NoContent,
            await AskAsync("POST", "worker.internal", "https://elsewhere.example", key: $"ann:operator:{new string('0', 64)}"));

    [Fact]
    public async Task Should_be_found_out_before_anything_is_done()
    {
        await using var worker = await EmbeddedWorker.StartAsync();
        using var pause = new HttpRequestMessage(HttpMethod.Post, "/api/queues/webhooks/pause") { Headers = { { "Origin", "https://evil.example" } } };
        using var read = new HttpRequestMessage(HttpMethod.Get, "/api/queues") { Headers = { Host = "evil.example" } };

        using var refused = await worker.SendAsync(pause);
        using var misdirected = await worker.SendAsync(read);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.MisdirectedRequest), (refused.StatusCode, misdirected.StatusCode));
        Assert.Contains("'https://evil.example'", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain("\"paused\":true", await (await worker.GetAsync("/api/queues")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<int> AskAsync(string method, string host, string? origin, string? fetchSite = null, string? key = null)
    {
        var options = GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GATEWAY_MODE"] = "embedded",
            ["OPS_ALLOWED_HOSTS"] = "worker.test",
            ["OPS_API_KEYS"] = key,
        }).Build());
        var check = new OwnSiteCheck(
            context =>
            {
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            },
            options.Ops);
        await using var services = new ServiceCollection().AddLogging().AddProblemDetails().BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = method;
        context.Request.Headers.Host = host;
        context.Request.Headers.Origin = origin;
        context.Request.Headers["Sec-Fetch-Site"] = fetchSite;
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        await check.InvokeAsync(context);
        return context.Response.StatusCode;
    }
}
