using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Worker.Bus;

/// <summary>The way to RabbitMQ's management API.</summary>
internal static class ManagementClient
{
    private const int LongestAnswer = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A client that waits for two seconds, and for no proxy, to which it would tell the broker's password.</summary>
    public static HttpClient Create(RabbitMqOptions options) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ConnectTimeout = Patience,
        SslOptions = { RemoteCertificateValidationCallback = options.Tls?.CheckFor(options.ManagementUrl.IdnHost) },
    })
    {
        BaseAddress = options.ManagementUrl,
        Timeout = Patience,
        MaxResponseContentBufferSize = LongestAnswer,
        DefaultRequestHeaders =
        {
            Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.Password}"))),
        },
    };
}
