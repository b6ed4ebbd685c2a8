using Gateway.Contracts;
using Gateway.Worker.Configuration;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Wallets;

/// <summary>Registers the balance check.</summary>
public static class WalletsSetup
{
    private static readonly TimeSpan RpcTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds the job and what it needs.</summary>
    public static IServiceCollection AddWallets(this IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton(options.Wallets);
        services.AddSingleton(_ => new JsonRpc(RpcTimeout));
        services.AddSingleton<WalletRecorder>();
        services.AddSingleton<IJob<CheckWalletBalances>, CheckWalletBalancesJob>();
        return services;
    }
}
