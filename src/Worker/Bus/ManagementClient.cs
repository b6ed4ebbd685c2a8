using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Worker.Bus;

/// <summary>The way to RabbitMQ's management API.</summary>
internal static class ManagementClient
{
    private const int LongestAnswer = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // Whoever asks wants time left to ask over AMQP.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A client that waits two seconds for a node and three for all, and asks no proxy, to which it would tell the broker's password. Only
    /// for questions that change nothing.
    /// </summary>
    public static HttpClient Create(RabbitMqOptions options) => new(new ManagementNodes(
        options.ManagementUrls,
        url => new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = Patience,
            SslOptions = { RemoteCertificateValidationCallback = options.Tls?.CheckFor(url.IdnHost) },
        },
        Patience,
        LongestPatience,
        LongestAnswer))
    {
        BaseAddress = options.ManagementUrls[0],
        // Each node has its own limit.
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
        DefaultRequestHeaders =
        {
            Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.Password}"))),
        },
    };
}
