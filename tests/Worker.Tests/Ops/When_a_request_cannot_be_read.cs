using System.Net;
using Gateway.Testing.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Worker.Tests.Ops;

/// <summary>What an operator reads is about the request, not about our code.</summary>
[Collection("Scraped")]
public sealed class When_a_request_cannot_be_read
{
    [Theory]
    [InlineData("null", "The body is null; send a JSON object.")]
    [InlineData("", "The body is missing; send JSON.")]
    public async Task Should_say_what_is_wrong_with_its_body(string body, string detail)
    {
        await using var worker = await EmbeddedWorker.StartAsync();

        using var answer = await worker.PostAsync("/api/jobs/webhooks", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(detail, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Polly", LogLevel.Warning)]
    [InlineData("MassTransit", LogLevel.Error)]
    public async Task Should_not_have_libraries_say_what_the_worker_says(string category, LogLevel level)
    {
        await using var worker = await EmbeddedWorker.StartAsync();

        var rules = worker.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<LoggerFilterOptions>>().Value.Rules;

        Assert.True(rules.Last(rule => rule.CategoryName == category).LogLevel > level);
    }
}
