using Gateway.Contracts;
using Gateway.Worker.Calendar;
using Gateway.Worker.Jobs;

namespace Gateway.Worker.Settlement;

/// <summary>Registers the settlement report.</summary>
public static class SettlementSetup
{
    /// <summary>Adds the job and what it needs.</summary>
    public static IServiceCollection AddSettlement(
        this IServiceCollection services, SettlementOptions options, BusinessTime businessTime) => services
        .AddSettlementReports(options, businessTime)
        .AddSingleton<SettlementMailing>()
        .AddSingleton<IJob<GenerateSettlementReport>, GenerateSettlementReportJob>();

    /// <summary>Adds what reads and writes reports, without the job.</summary>
    public static IServiceCollection AddSettlementReports(
        this IServiceCollection services, SettlementOptions options, BusinessTime businessTime) => services
        .AddSingleton(businessTime)
        .AddSingleton(options)
        .AddSingleton<SettlementReports>()
        .AddSingleton<SettlementWriter>();
}
