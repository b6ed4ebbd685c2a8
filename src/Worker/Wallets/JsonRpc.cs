using System.Text.Json;
using Polly.Timeout;

namespace Gateway.Worker.Wallets;

/// <summary>JSON-RPC over HTTP, tried at one server after the other until one gives an answer that can be used.</summary>
public sealed class JsonRpc(IHttpClientFactory clients)
{
    /// <summary>The client of <see cref="IHttpClientFactory"/> with the timeouts and the second try of each server.</summary>
    internal const string ClientName = "wallet-rpc";

    /// <summary>
    /// Bytes. Some 30,000 token accounts on Solana, a quarter of a kilobyte each: whoever wants to exceed it by opening accounts for the
    /// wallet pays 60 SOL of rent.
    /// </summary>
    internal const int LargestAnswer = 8 * 1024 * 1024;

    /// <summary>Asks the servers.</summary>
    /// <param name="urls">The servers, the preferred first.</param>
    /// <param name="read">Asks one of them, by one or several calls.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="UnreadableBalanceException">
    /// No server gave an answer that could be used; the message names each by its host.
    /// </exception>
    internal async Task<T> ReadAsync<T>(
        IReadOnlyList<Uri> urls, Func<RpcConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        List<string> complaints = [];
        foreach (var url in urls)
        {
            using var http = clients.CreateClient(ClientName);
            try
            {
                return await read(new RpcConnection(http, url), cancellationToken);
            }
            catch (Exception exception) when (Complaint(exception, cancellationToken) is { } complaint)
            {
                complaints.Add($"{url.Host}: {complaint}");
            }
        }

        throw new UnreadableBalanceException(string.Join("; ", complaints));
    }

    private static string? Complaint(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        UnreadableBalanceException => exception.Message,
        OperationCanceledException => cancellationToken.IsCancellationRequested ? null : "no answer in time",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            $"an answer of more than {LargestAnswer} bytes",
        TimeoutRejectedException => "no answer in time",
        HttpRequestException or IOException => "not reachable",
        JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException
            or ArgumentException or OverflowException => "an answer of another shape",
        _ => null,
    };
}
