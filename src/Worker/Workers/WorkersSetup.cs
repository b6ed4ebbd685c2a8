namespace Gateway.Worker.Workers;

/// <summary>Registers the workers' signs of life.</summary>
public static class WorkersSetup
{
    /// <summary>Adds this worker's sign of life.</summary>
    public static IServiceCollection AddWorkerSigns(this IServiceCollection services)
    {
        services.AddSingleton<WorkerSigns>();
        return services.AddHostedService(provider => provider.GetRequiredService<WorkerSigns>());
    }
}
