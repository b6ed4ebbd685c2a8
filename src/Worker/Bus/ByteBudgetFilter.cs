using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>Lets a large message wait, before anything is made of it, until the process has room for its bytes.</summary>
internal sealed class ByteBudgetFilter(ByteBudget budget) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) =>
        context.Body.Length is { } length && length > ByteBudget.SmallMessage ? SendWithinAsync(length, context, next) : next.Send(context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("byteBudget");

    private async Task SendWithinAsync(long length, ReceiveContext context, IPipe<ReceiveContext> next)
    {
        using var share = await budget.TakeAsync(length, context.CancellationToken);
        await next.Send(context);
    }
}
