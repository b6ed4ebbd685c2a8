using Gateway.Persistence.Recording;
using Gateway.Worker.Bulk;
using Gateway.Worker.Bus;
using Gateway.Worker.Configuration;
using MassTransit;

namespace Gateway.Worker.DeadLetters;

/// <summary>Registers dead letters: their intake, and what puts them back or drops them.</summary>
public static class DeadLettersSetup
{
    // What is in hand of each queue: bodies may be large, and a commit takes many at once.
    private const int AtOnce = 16;

    /// <summary>Adds what puts letters back and drops them.</summary>
    public static IServiceCollection AddDeadLetters(this IServiceCollection services, GatewayMode mode)
    {
        if (mode == GatewayMode.Full)
        {
            services.AddSingleton<ILetterSender, RabbitMqLetterSender>();
        }
        else
        {
            services.AddSingleton<ILetterSender, InMemoryLetterSender>();
        }

        return services.AddSingleton<IBulkWork, RequeueLetters>().AddSingleton<IBulkWork, DropLetters>();
    }

    /// <summary>The intake of every error and skipped queue.</summary>
    public static BusFeature OnBus() => new(
        _ => { },
        (bus, context) =>
        {
            var (jobLog, time) = (context.GetRequiredService<JobRecorder>(), context.GetRequiredService<TimeProvider>());
            var bytes = new ByteBudgetFilter(context.GetRequiredService<ByteBudget>());
            foreach (var queue in context.GetRequiredService<GatewayQueues>().All)
            {
                bus.TakeIn(QueueNames.ErrorsOf(queue.Name), bytes, new IntakeFilter(queue, wasSkipped: false, jobLog, time));
                bus.TakeIn(QueueNames.SkippedOf(queue.Name), bytes, new IntakeFilter(queue, wasSkipped: true, jobLog, time));
            }
        });

    // Declared as MassTransit declares it when it moves the first message there, whichever comes first.
    private static void TakeIn(this IBusFactoryConfigurator bus, string queue, ByteBudgetFilter bytes, IntakeFilter intake) =>
        bus.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = AtOnce;
            endpoint.ConcurrentMessageLimit = AtOnce;
            endpoint.ConfigureReceive(receive =>
            {
                receive.UseFilter(bytes);
                receive.UseFilter(intake);
            });
        });
}
