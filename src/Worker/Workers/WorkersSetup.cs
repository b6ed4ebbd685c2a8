namespace Gateway.Worker.Workers;

/// <summary>Registers the workers' signs of life.</summary>
public static class WorkersSetup
{
    /// <summary>Adds this worker's sign of life.</summary>
    /// <param name="services">The services.</param>
    /// <param name="slots">How many jobs it runs at once.</param>
    /// <param name="inFlight">How many it runs at a moment.</param>
    public static IServiceCollection AddWorkerSigns(
        this IServiceCollection services, int slots, Func<IServiceProvider, int> inFlight)
    {
        services.AddSingleton(provider => new WorkerLoad(slots, () => inFlight(provider)));
        services.AddSingleton<WorkerSigns>();
        return services.AddHostedService(provider => provider.GetRequiredService<WorkerSigns>());
    }
}
