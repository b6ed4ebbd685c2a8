namespace Gateway.Worker.Bulk;

/// <summary>Registers what does bulk jobs.</summary>
public static class BulkSetup
{
    /// <summary>Adds the runner. What it does is added where the rest of each kind is.</summary>
    public static IServiceCollection AddBulk(this IServiceCollection services) => services.AddHostedService<BulkRunner>();
}
