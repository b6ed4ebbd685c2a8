namespace Gateway.Worker.Bus;

/// <summary>
/// Asks the management API of one node after the other until one answers, beginning with the one that answered last. Only for questions
/// that change nothing.
/// </summary>
/// <param name="urls">Where the nodes' APIs are.</param>
/// <param name="create">Makes the way to one of them.</param>
/// <param name="patience">How long one node may take for its whole answer.</param>
/// <param name="longestAnswer">The most bytes of an answer.</param>
internal sealed class ManagementNodes(
    IReadOnlyList<Uri> urls, Func<Uri, HttpMessageHandler> create, TimeSpan patience, long longestAnswer) : HttpMessageHandler
{
    private readonly HttpMessageInvoker[] _ways = [.. urls.Select(url => new HttpMessageInvoker(create(url)))];
    private volatile int _first;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.PathAndQuery;
        var first = _first;
        for (var tried = 1; ; tried++)
        {
            var node = (first + tried - 1) % _ways.Length;
            var isLast = tried == _ways.Length;
            try
            {
                var answer = await AskAsync(node, path, request, cancellationToken);
                if (isLast || (int)answer.StatusCode < 500)
                {
                    _first = node;
                    return answer;
                }

                answer.Dispose();
            }
            catch (Exception exception) when (!isLast && ManagementFailure.IsCauseOf(exception, cancellationToken))
            {
                // The next one may be well.
            }
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
        int node, string path, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
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
            throw new HttpRequestException(HttpRequestError.Unknown, $"no answer within {patience.TotalSeconds:0} s", exception);
        }
        catch
        {
            answer?.Dispose();
            throw;
        }
    }
}
