using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Gateway.Testing.Merchants;

/// <summary>A merchant in the worker's database, with an endpoint that answers as a test tells it.</summary>
/// <param name="id">As the database has it.</param>
/// <param name="secret">What it verifies webhooks with.</param>
public sealed class TestMerchant(Guid id, string secret)
{
    private readonly ConcurrentQueue<CapturedWebhook> _received = new();
    private readonly Channel<CapturedWebhook> _arrived = Channel.CreateUnbounded<CapturedWebhook>();
    private readonly ConcurrentQueue<MerchantAnswer> _script = new();
    private volatile MerchantAnswer _last = new(StatusCodes.Status200OK);

    /// <summary>As a message names it.</summary>
    public string Id { get; } = id.ToString();

    /// <summary>As the database has it.</summary>
    public Guid Key { get; } = id;

    /// <summary>What it verifies webhooks with.</summary>
    public string Secret { get; } = secret;

    /// <summary>Called when a webhook comes, before it is answered.</summary>
    public Action OnReceived { get; set; } = () => { };

    /// <summary>Everything that came, in the order of arrival.</summary>
    public IReadOnlyList<CapturedWebhook> Received => [.. _received];

    /// <summary>Answers the next requests so, and every one after them like the last of these.</summary>
    public TestMerchant Answers(params MerchantAnswer[] script)
    {
        _last = script[^1];
        foreach (var answer in script)
        {
            _script.Enqueue(answer);
        }

        return this;
    }

    /// <inheritdoc cref="Answers(MerchantAnswer[])"/>
    public TestMerchant Answers(params int[] statuses) => Answers([.. statuses.Select(s => new MerchantAnswer(s))]);

    /// <summary>The next webhook, in the order of arrival; waits for it.</summary>
    public Task<CapturedWebhook> WaitUntilReceivedAsync() => Eventually.Comes(_arrived.Reader.ReadAsync, "a webhook at the merchant's");

    internal async Task Answer(CapturedWebhook webhook, HttpResponse response)
    {
        var answer = _script.TryDequeue(out var scripted) ? scripted : _last;
        _received.Enqueue(webhook);
        OnReceived();
        await _arrived.Writer.WriteAsync(webhook, response.HttpContext.RequestAborted);
        await answer.Until.WaitAsync(response.HttpContext.RequestAborted);
        response.StatusCode = answer.Status;
        if (answer.RetryAfter is { } retryAfter)
        {
            response.Headers.RetryAfter = retryAfter;
        }

        await response.WriteAsync(answer.Body, response.HttpContext.RequestAborted);
    }
}
