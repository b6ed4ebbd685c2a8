namespace Gateway.Testing.Network;

/// <summary>Stands between the worker and PostgreSQL and can lose the answer to a COPY, which says that its rows are committed.</summary>
/// <param name="host">The server's host.</param>
/// <param name="port">The server's port.</param>
public sealed class PostgresRelay(string host, int port) : TcpRelay(host, port)
{
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _losesNextAnswer;

    /// <summary>Completes when the answer to a COPY was lost.</summary>
    public Task AnswerLost => _lost.Task;

    /// <summary>The server's next "COPY n" does not arrive: the connection breaks instead.</summary>
    public void LoseNextAnswer() => Volatile.Write(ref _losesNextAnswer, 1);

    /// <inheritdoc/>
    protected override async Task ReturnAsync(Stream server, Stream worker, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (buffer.AsSpan(0, count).IndexOf("COPY "u8) >= 0 && Interlocked.Exchange(ref _losesNextAnswer, 0) == 1)
            {
                _lost.SetResult();
                return;
            }

            await worker.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
