using System.Diagnostics;
using System.Net;

namespace Gateway.Worker.Bus;

/// <summary>
/// Asks the management API of one node after the other until one answers, and goes on asking that one. Only for questions that change
/// nothing.
/// </summary>
/// <param name="urls">Where the nodes' APIs are.</param>
/// <param name="create">Makes the way to one of them.</param>
/// <param name="patience">How long one node may take for its whole answer.</param>
/// <param name="longest">How long all of them may take, longer than one.</param>
/// <param name="longestAnswer">The most bytes of an answer.</param>
internal sealed class ManagementNodes(
    IReadOnlyList<Uri> urls, Func<Uri, HttpMessageHandler> create, TimeSpan patience, TimeSpan longest, long longestAnswer)
    : HttpMessageHandler
{
    private readonly HttpMessageInvoker[] _ways = [.. urls.Select(url => new HttpMessageInvoker(create(url)))];
    private volatile int _first;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.PathAndQuery;
        var (began, first) = (Stopwatch.GetTimestamp(), _first);
        for (var tried = 1; ; tried++)
        {
            var node = (first + tried - 1) % _ways.Length;
            var left = longest - Stopwatch.GetElapsedTime(began);
            var isLast = tried == _ways.Length || left <= patience;
            if (isLast)
            {
                // Where nobody answers, the next question begins with another one.
                _first = node;
            }

            try
            {
                var answer = await AskAsync(node, path, request, left < patience ? left : patience, cancellationToken);
                if (isLast || answer.StatusCode < HttpStatusCode.InternalServerError)
                {
                    return answer;
                }

                answer.Dispose();
            }
            catch (Exception exception) when (!isLast && ManagementFailure.IsCauseOf(exception, cancellationToken))
            {
                // The next one may be well.
            }

            _first = (node + 1) % _ways.Length;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var way in _ways)
            {
                way.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private async Task<HttpResponseMessage> AskAsync(
        int node, string path, HttpRequestMessage request, TimeSpan most, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(most);
        request.RequestUri = new Uri(urls[node], path);
        HttpResponseMessage? answer = null;
        try
        {
            answer = await _ways[node].SendAsync(request, limit.Token);
            // An answer that breaks off is none.
            await answer.Content.LoadIntoBufferAsync(longestAnswer, limit.Token);
            return answer;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            answer?.Dispose();
            throw new HttpRequestException(HttpRequestError.Unknown, $"no answer within {most.TotalSeconds:0.#} s", exception);
        }
        catch
        {
            answer?.Dispose();
            throw;
        }
    }
}
