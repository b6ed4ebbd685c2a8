using Gateway.Persistence;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Gate;

/// <summary>Registers the gate.</summary>
public static class GateSetup
{
    private const int MostWaiting = 128;
    private const int MostInMemory = 4096;

    // What a queue has sent and nobody works on yet: both queues of webhooks together may fill a quarter.
    private const int ShareOfMemory = 8;

    /// <summary>
    /// Adds the gate, its queues and its metrics. Comes before the bus, so that a paused queue is known before its first message.
    /// </summary>
    public static IServiceCollection AddGate(this IServiceCollection services, GateOptions options, GatewayMode mode)
    {
        services.AddSingleton(options);
        services.AddSingleton(provider => new WeightedGate(options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<GatedQueues>();
        services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<GatedQueues>());
        services.AddSingleton(provider => new QueuePauses(
            provider.GetRequiredService<IDbContextFactory<GatewayDbContext>>(),
            provider.GetRequiredService<GatedQueues>(),
            givesBack: mode == GatewayMode.Full,
            TimeProvider.System,
            provider.GetRequiredService<ILogger<QueuePauses>>()));
        services.AddHostedService(provider => provider.GetRequiredService<QueuePauses>());
        services.AddSingleton<GateMetrics>();
        services.ActivateSingleton<GateMetrics>();
        return services;
    }

    /// <summary>
    /// Lets an endpoint take so many messages that its queue could win every slot and others of its messages wait at the gate, where
    /// their rank counts.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="options">The slots.</param>
    /// <param name="largestMessage">The bytes of the largest message that the queue takes: of larger ones the process takes fewer.</param>
    /// <param name="partitions">Over how many endpoints the queue is spread: together they take as many as one would.</param>
    public static void TakeForGate(
        this IReceiveEndpointConfigurator endpoint,
        GateOptions options,
        int largestMessage = ByteBudget.SmallMessage,
        int partitions = 1)
    {
        // In memory all of it is here already, and what is at the gate is counted; but the transport starts a task for each that it could
        // take.
        endpoint.PrefetchCount = endpoint is IInMemoryReceiveEndpointConfigurator
            ? MostInMemory
            : PrefetchFor(options.Slots, largestMessage, ByteBudget.Memory, partitions);
        // The bus's own limit would count those who wait at the gate.
        endpoint.ConcurrentMessageLimit = endpoint.PrefetchCount;
    }

    // Ranks show in a hundred that wait as in a thousand, and each that waits is a message in memory that every collection has to look at.
    internal static ushort PrefetchFor(int slots, int largestMessage, long memory, int partitions = 1) => (ushort)Math.Clamp(
        Math.Min(slots + Math.Min(slots * 2, MostWaiting), memory / ShareOfMemory / largestMessage) / partitions, 16, ushort.MaxValue);
}
