using Gateway.Contracts;
using Gateway.Worker.Jobs;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Gateway.Worker.Wallets;

/// <summary>Registers the balance check.</summary>
public static class WalletsSetup
{
    // A whole answer, its body included; longer than two tries of a server that does not answer.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(12);

    /// <summary>Adds the job and what it needs.</summary>
    public static IServiceCollection AddWallets(this IServiceCollection services, WalletOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<JsonRpc>();
        services.AddSingleton<WalletReader>();
        services.AddHostedService<WalletMetrics>();
        services.AddSingleton<WalletRecorder>();
        services.AddSingleton<UnreadableWallets>();
        services.AddSingleton<IJob<CheckWalletBalances>, CheckWalletBalancesJob>();
        services.AddHttpClient(
                JsonRpc.ClientName,
                client => (client.Timeout, client.MaxResponseContentBufferSize) = (LongestAnswer, JsonRpc.LargestAnswer))
            // A proxy that the environment names would see the API keys in RPC URLs.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            })
            // They log whole URLs, and an RPC URL may hold an API key.
            .RemoveAllLoggers()
            .AddResilienceHandler("second-try", server =>
            {
                // Requests are about the network, so they go by its clock even where a test stops the program's.
                server.TimeProvider = TimeProvider.System;
                server.AddRetry(new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = 1,
                    Delay = TimeSpan.FromMilliseconds(250),
                    BackoffType = DelayBackoffType.Constant,
                    UseJitter = true,
                    // The next server is asked sooner than a busy one wants to be asked again.
                    ShouldRetryAfterHeader = false,
                });
                server.AddTimeout(options.RpcTimeout);
            });
        return services;
    }
}
