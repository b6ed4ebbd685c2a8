using System.Net;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Worker.Tests.Ops;

[Collection("Scraped")]
public sealed class When_somebody_opens_the_address_in_a_browser
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_be_shown_where_to_go_on()
    {
        await using var worker = await EmbeddedWorker.StartAsync();

        using var answer = await worker.GetAsync("/");

        Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var page = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("embedded mode", page, StringComparison.Ordinal);
        Assert.Contains("On this machine no key is needed.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        string[] links =
        [
            "/healthz/ready", "/healthz/startup", "/healthz/live", "/openapi/v1.json", "/api/queues", "/api/jobs", "/api/dead-letters", "/metrics",
        ];
        foreach (var path in links)
        {
            Assert.Contains($"href=\"{path}\"", page, StringComparison.Ordinal);
            using var linked = await worker.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, linked.StatusCode);
        }
    }

    [Fact]
    public async Task Should_need_a_key_for_all_but_that_page()
    {
        await using var worker = await EmbeddedWorker.StartAsync(("OPS_API_KEYS", $"alice:viewer:{new string('0', 64)}"));

        using var page = await worker.GetAsync("/");
        using var posted = await worker.PostAsync("/");
        using var data = await worker.GetAsync("/api/jobs");

        Assert.Contains("Authorization: Bearer KEY", await page.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, data.StatusCode);
    }
}
