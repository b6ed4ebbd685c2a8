using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Worker.Webhooks.Attempts;

namespace Gateway.Worker.Webhooks.Sending;

/// <summary>
/// Makes one attempt to deliver a webhook: posts it, reads the answer within bounds and says how it went. Whatever an endpoint does,
/// an attempt ends within <see cref="SendingOptions.Timeout"/>, holds about 32 KiB at most and leaves the next attempt unharmed.
/// </summary>
public sealed class WebhookSender : IDisposable
{
    // Set by a request for which a connection was opened: any other found one.
    private static readonly HttpRequestOptionsKey<bool> OpenedConnection = new("gateway.opened_connection");

    private readonly SendingOptions _options;
    private readonly string _userAgent;
    private readonly EndpointGuard _guard;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private readonly HttpMessageInvoker _httpOnce;

    /// <summary>Opens the pool of connections that every attempt shares.</summary>
    /// <param name="options">Timeout, and what the guard lets through.</param>
    /// <param name="guard">Judges where an attempt may connect to.</param>
    /// <param name="time">Measures the attempt and its timeout.</param>
    /// <param name="propagator">
    /// Writes trace headers such as <c>traceparent</c> into requests; null, the default, sends none and makes no span of the request.
    /// </param>
    public WebhookSender(SendingOptions options, EndpointGuard guard, TimeProvider time, DistributedContextPropagator? propagator = null)
        : this(options, guard, time, propagator, new X509ChainPolicy())
    {
    }

    /// <summary>Lets a test trust its own certificate authority.</summary>
    internal WebhookSender(
        SendingOptions options, EndpointGuard guard, TimeProvider time, DistributedContextPropagator? propagator, X509ChainPolicy trust)
    {
        _options = options;
        _userAgent = options.UserAgent;
        _guard = guard;
        _time = time;

        // A certificate names URLs where its issuer and its revocation list can be fetched; following a stranger's would pass the guard by.
        trust.DisableCertificateDownloads = true;
        trust.RevocationMode = X509RevocationMode.NoCheck;

        // Endpoints move: a connection is given up in time to notice.
        _http = Open(TimeSpan.FromMinutes(5));
        _httpOnce = Open(TimeSpan.Zero);

        HttpMessageInvoker Open(TimeSpan connectionLifetime) => new(new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellationToken) =>
            {
                context.InitialRequestMessage.Options.Set(OpenedConnection, true);
                return guard.ConnectAsync(context.DnsEndPoint, cancellationToken);
            },
            ConnectTimeout = options.Timeout,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = propagator,

            PooledConnectionLifetime = connectionLifetime,
            PooledConnectionIdleTimeout = options.KeepConnections,
            MaxResponseHeadersLength = 16,

            // A body that was not read to its end costs its connection and nothing more.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
        });
    }

    /// <summary>
    /// Makes one attempt. Every failure of the endpoint is a result, none an exception.
    /// <see cref="WebhookRequest.Body"/> must not change afterwards either: an endpoint may answer while the body is still being sent.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<AttemptResult> SendAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = _time.GetTimestamp();
        if (_guard.Check(request.Url) is { } refusal)
        {
            return Failed(AttemptOutcome.AddressRefused, refusal, status: null, started);
        }

        using var attempt = new CancellationTokenSource(_options.Timeout, _time);
        using var cancelled = cancellationToken.UnsafeRegister(static attempt => ((CancellationTokenSource)attempt!).Cancel(), attempt);
        int? status = null;
        try
        {
            using var response = await PostAsync(request, attempt.Token);
            status = (int)response.StatusCode;

            // After 101 comes another protocol and no body.
            var answer = response.StatusCode == HttpStatusCode.SwitchingProtocols
                ? default
                : await ResponseExcerpt.ReadAsync(response.Content, attempt.Token);
            return Answered(response, answer, started);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && IsEndOfAttempt(e))
        {
            throw new OperationCanceledException("The attempt was cancelled.", e, cancellationToken);
        }
        catch (Exception e) when (IsEndOfAttempt(e))
        {
            var (outcome, detail) = attempt.IsCancellationRequested || e is OperationCanceledException
                ? (AttemptOutcome.Timeout, AttemptFailure.TimedOut(request.Url, _options.Timeout, hasAnswered: status is not null))
                : AttemptFailure.Classify(e, request.Url);
            return Failed(outcome, detail, status, started);
        }
    }

    /// <summary>Closes every connection.</summary>
    public void Dispose()
    {
        _http.Dispose();
        _httpOnce.Dispose();
    }

    // Servers close connections that were idle for a while, and some do it just as a request is on its way. That says nothing about the
    // endpoint: the request is sent once more, on a new connection, and both are one attempt.
    private async Task<HttpResponseMessage> PostAsync(WebhookRequest request, CancellationToken cancellationToken)
    {
        using var message = ToMessage(request);
        try
        {
            return await _http.SendAsync(message, cancellationToken);
        }
        catch (HttpRequestException closed) when (IsClosed(closed) && !message.Options.TryGetValue(OpenedConnection, out _))
        {
            using var again = ToMessage(request);
            return await _httpOnce.SendAsync(again, cancellationToken);
        }
    }

    // No connection was made for it, so what failed is one that was there.
    private static bool IsClosed(HttpRequestException failure) =>
        failure.HttpRequestError == HttpRequestError.ResponseEnded
        || failure.InnerException is IOException { InnerException: SocketException };

    /// <summary>All that an endpoint can cause; anything else is a fault of ours and is thrown on.</summary>
    private static bool IsEndOfAttempt(Exception e) => e is OperationCanceledException or HttpRequestException or IOException;

    private HttpRequestMessage ToMessage(WebhookRequest request)
    {
        var content = new ReadOnlyMemoryContent(request.Body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");

        var message = new HttpRequestMessage(HttpMethod.Post, request.Url) { Content = content };
        message.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        for (var i = 0; i < request.Headers.Count; i++)
        {
            var (name, value) = request.Headers[i];

            // A header that cannot be sent is a fault of ours and must not look like one of the endpoint.
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~') || !message.Headers.TryAddWithoutValidation(name, value))
            {
                throw new ArgumentException($"The header '{name}' cannot be sent with a webhook.", nameof(request));
            }
        }

        return message;
    }

    private AttemptResult Answered(HttpResponseMessage response, ResponseExcerpt answer, long started)
    {
        var status = (int)response.StatusCode;
        var outcome = status switch
        {
            _ when answer.IsBomb => AttemptOutcome.Bomb,
            >= 200 and <= 299 => AttemptOutcome.Succeeded,
            >= 300 and <= 399 => AttemptOutcome.Redirect,
            410 => AttemptOutcome.Gone,
            _ => AttemptOutcome.Status,
        };
        return new AttemptResult
        {
            Outcome = outcome,
            StatusCode = status,
            Duration = _time.GetElapsedTime(started),
            RetryAfter = outcome == AttemptOutcome.Succeeded ? null : ReadRetryAfter(response),
            Detail = answer.IsBomb ? AttemptFailure.GrewTooLarge : answer.Text,
        };
    }

    private TimeSpan? ReadRetryAfter(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Retry-After", out var values)
            ? RetryAfter.Parse(values.ToString(), _time.GetUtcNow())
            : null;

    private AttemptResult Failed(AttemptOutcome outcome, string detail, int? status, long started) => new()
    {
        Outcome = outcome,
        StatusCode = status,
        Duration = _time.GetElapsedTime(started),
        Detail = detail,
    };
}
