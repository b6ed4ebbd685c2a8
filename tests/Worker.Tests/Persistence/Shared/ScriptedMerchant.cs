using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Persistence;

/// <summary>A web server that answers each post of a delivery as the next attempt is to be answered, and counts the posts.</summary>
internal sealed class ScriptedMerchant : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Guid, DeliveryLife> _lives = new();
    private readonly ConcurrentDictionary<Guid, int> _posts = new();
    private readonly WebApplication _app;

    private ScriptedMerchant(WebApplication app) => _app = app;

    public string Url => $"{_app.Urls.Single()}/hooks";

    public static async Task<ScriptedMerchant> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var merchant = new ScriptedMerchant(builder.Build());
        merchant._app.MapPost("/hooks", merchant.Answer);
        await merchant._app.StartAsync(TestContext.Current.CancellationToken);
        return merchant;
    }

    public void Expect(Guid deliveryId, DeliveryLife life) => _lives[deliveryId] = life;

    /// <summary>How often a delivery was posted.</summary>
    public int PostsOf(Guid deliveryId) => _posts.GetValueOrDefault(deliveryId);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Answer(HttpRequest request)
    {
        var id = Guid.Parse(request.Headers["webhook-id"].ToString());
        var post = _posts.AddOrUpdate(id, 1, (_, before) => before + 1);
        var answers = _lives[id].Answers;
        var answer = answers[Math.Min(post, answers.Count) - 1];
        if (answer.RetryAfter is { } seconds)
        {
            request.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return Results.StatusCode(answer.Status);
    }
}
