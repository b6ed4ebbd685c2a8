using Npgsql;

namespace Gateway.Integration.Tests.Survival;

/// <summary>
/// The connection on which a test asks the database, one question after the other: a test that waits asks hundreds of times, and a connection
/// is a process of the server. It is opened anew when the server has gone away since the last question, or is another one.
/// </summary>
internal sealed class KeptConnection : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _open;
    private string? _openedBy;

    /// <summary>Asks. A question that fails on a connection of earlier is asked once more, on a new one.</summary>
    /// <param name="connectionString">Where to ask.</param>
    /// <param name="ask">The question.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<T> AskAsync<T>(string connectionString, Func<NpgsqlConnection, Task<T>> ask, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_open is not null && _openedBy == connectionString)
            {
                try
                {
                    return await ask(_open);
                }
                catch (NpgsqlException)
                {
                    // The server has closed it meanwhile. Whatever else it is, the new one tells.
                }
            }

            await CloseAsync();
            (_open, _openedBy) = (new NpgsqlConnection(connectionString), connectionString);
            await _open.OpenAsync(cancellationToken);
            return await ask(_open);
        }
        catch
        {
            await CloseAsync();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _turn.Dispose();
    }

    private async Task CloseAsync()
    {
        if (_open is not null)
        {
            await _open.DisposeAsync();
            _open = null;
        }
    }
}
