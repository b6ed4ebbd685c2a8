using System.Data.Common;
using System.Net.Sockets;

namespace Gateway.Persistence;

/// <summary>Tells a database that is away, or does not do now what was asked of it, from a fault of our own.</summary>
public static class DatabaseFailure
{
    /// <summary>
    /// Whether the database caused it: PostgreSQL's and SQLite's own errors, a time limit, a broken connection, or an error of Entity
    /// Framework's around one of them.
    /// </summary>
    public static bool IsCauseOf(Exception exception) =>
        exception is DbException or TimeoutException or SocketException or IOException
        || (exception.InnerException is { } inner && IsCauseOf(inner));

    /// <summary>
    /// Whether it may have caused it: of a connection or transaction that broke between two statements the libraries say only that it
    /// cannot be used, by an <see cref="InvalidOperationException"/> of its own. For those who ask again in any case.
    /// </summary>
    public static bool MayBeCauseOf(Exception exception) => exception is InvalidOperationException || IsCauseOf(exception);
}
