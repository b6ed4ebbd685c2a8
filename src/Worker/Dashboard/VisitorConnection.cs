using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Gateway.Worker.Dashboard;

/// <summary>Tells the <see cref="Visitor"/> when his connection breaks and when it is back.</summary>
internal sealed class VisitorConnection(Visitor visitor) : CircuitHandler
{
    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        visitor.SetConnected(true);
        return Task.CompletedTask;
    }

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        visitor.SetConnected(false);
        return Task.CompletedTask;
    }
}
