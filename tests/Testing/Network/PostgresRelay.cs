using System.Text;

namespace Gateway.Testing.Network;

/// <summary>Stands between the worker and PostgreSQL and can lose an answer, such as the one to a commit.</summary>
/// <param name="host">The server's host.</param>
/// <param name="port">The server's port.</param>
public sealed class PostgresRelay(string host, int port) : TcpRelay(host, port)
{
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _losesNext;

    /// <summary>Completes when an answer was lost.</summary>
    public Task AnswerLost => _lost.Task;

    /// <summary>The server's next answer to a command does not arrive: the connection breaks instead.</summary>
    /// <param name="tag">How the answer begins that says that the command is complete: <c>COPY</c>, <c>COMMIT</c>.</param>
    public void LoseNextAnswer(string tag) => Volatile.Write(ref _losesNext, Encoding.ASCII.GetBytes(tag));

    /// <inheritdoc/>
    protected override async Task ReturnAsync(Stream server, Stream worker, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (Volatile.Read(ref _losesNext) is { } lost && buffer.AsSpan(0, count).IndexOf(lost) >= 0 && Interlocked.Exchange(ref _losesNext, null) is not null)
            {
                _lost.SetResult();
                return;
            }

            await worker.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
