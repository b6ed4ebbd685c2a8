using Gateway.Contracts;
using Gateway.Worker.Hosting;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Settlement;

/// <summary>Registers the settlement report.</summary>
public static class SettlementSetup
{
    /// <summary>Adds the job and what it needs.</summary>
    public static IServiceCollection AddSettlement(this IServiceCollection services, GatewayOptions options) => services
        .AddSettlementReports(options)
        .AddSingleton<SettlementMailing>()
        .AddSingleton<IJob<GenerateSettlementReport>, GenerateSettlementReportJob>();

    /// <summary>Adds what reads and writes reports, without the job.</summary>
    public static IServiceCollection AddSettlementReports(this IServiceCollection services, GatewayOptions options) => services
        .AddSingleton(options.BusinessTime)
        .AddSingleton(options.Settlement)
        .AddSingleton<SettlementReports>()
        .AddSingleton<SettlementWriter>();
}
