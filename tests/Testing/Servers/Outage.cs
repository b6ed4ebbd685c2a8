namespace Gateway.Testing.Servers;

/// <summary>A server that is away; disposing brings it back, so that a failed test does not take the others with it.</summary>
/// <param name="end">Brings it back.</param>
public sealed class Outage(Func<Task> end) : IAsyncDisposable
{
    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await end();
}
