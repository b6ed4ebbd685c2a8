using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Worker.Demo;

/// <summary>
/// The merchants' side of the demo: an HTTP server on a free loopback port that verifies every signature by the Standard
/// Webhooks rules, written apart from the worker's signer, and then answers as its merchant does.
/// </summary>
internal sealed class SampleEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _requests = new();
    private int _unverified;

    private SampleEndpoint(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.Single());

    /// <summary>Requests whose signature was wrong.</summary>
    public int Unverified => _unverified;

    public static async Task<SampleEndpoint> StartAsync(IReadOnlyList<SampleMerchant> merchants, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var endpoint = new SampleEndpoint(app);
        foreach (var merchant in merchants)
        {
            app.MapPost(merchant.Path, (Delegate)((HttpContext context) => endpoint.ReceiveAsync(merchant, context)));
        }

        await app.StartAsync(stop);
        return endpoint;
    }

    /// <summary>How many requests a delivery caused.</summary>
    public int RequestsOf(Guid deliveryId) => _requests.GetValueOrDefault(deliveryId.ToString());

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(SampleMerchant merchant, HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = context.Request.Headers;
        var id = headers["webhook-id"].ToString();
        if (!IsSigned(merchant, id, headers["webhook-timestamp"].ToString(), body.ToArray(), headers["webhook-signature"].ToString()))
        {
            Interlocked.Increment(ref _unverified);
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        await Task.Delay(merchant.Pause, TimeProvider.System, context.RequestAborted);
        var request = _requests.AddOrUpdate(id, 1, (_, count) => count + 1);
        return request > merchant.FailuresFirst
            ? Results.NoContent()
            : Results.Text("sorry, not today", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static bool IsSigned(SampleMerchant merchant, string id, string timestamp, byte[] body, string signatures)
    {
        var key = Convert.FromBase64String(merchant.Secret["whsec_".Length..]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        return signatures.Split(' ').Any(signature =>
            CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(expected)));
    }
}
