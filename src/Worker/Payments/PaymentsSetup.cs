using Gateway.Contracts;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Payments;

/// <summary>Registers the expiry of payments.</summary>
public static class PaymentsSetup
{
    /// <summary>Adds the job.</summary>
    public static IServiceCollection AddPayments(this IServiceCollection services) =>
        services
            .AddSingleton<ExpiryMetrics>()
            .AddHostedService(provider => provider.GetRequiredService<ExpiryMetrics>())
            .AddSingleton<IJob<ExpirePayments>, ExpirePaymentsJob>();
}
