#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

// whsec_ and base64; a secret without the prefix is older plain text.
var secret = Environment.GetEnvironmentVariable("WEBHOOK_SECRET") ?? "";
var key = secret.StartsWith("whsec_") ? Convert.FromBase64String(secret["whsec_".Length..]) : Encoding.UTF8.GetBytes(secret);
if (key.Length == 0)
{
    throw new InvalidOperationException("Set WEBHOOK_SECRET.");
}

var app = WebApplication.Create(args);
app.MapPost("/hooks", async (HttpRequest request) =>
{
    using var buffer = new MemoryStream();
    await request.Body.CopyToAsync(buffer);
    var body = buffer.ToArray(); // as it came, before any parsing
    if (ComplaintOf(request.Headers, body, key) is { } complaint)
    {
        Console.Error.WriteLine(complaint);
        return Results.Text(complaint, statusCode: StatusCodes.Status400BadRequest);
    }

    // The same webhook-id may come again: keep those that you have seen.
    using var webhook = JsonDocument.Parse(body);
    Console.WriteLine($"{request.Headers["webhook-id"]} {webhook.RootElement.GetProperty("type")} {webhook.RootElement.GetProperty("data")}");
    return Results.NoContent();
});
app.Run();

static string? ComplaintOf(IHeaderDictionary headers, byte[] body, byte[] key)
{
    string id = headers["webhook-id"].ToString(), timestamp = headers["webhook-timestamp"].ToString();
    if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > 5 * 60)
    {
        return "webhook-timestamp is missing or more than five minutes off";
    }

    byte[] content = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
    var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content)));
    return headers["webhook-signature"].ToString().Split(' ')
        .Any(signature => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), expected))
        ? null
        : "webhook-signature is not of this body and this WEBHOOK_SECRET";
}
