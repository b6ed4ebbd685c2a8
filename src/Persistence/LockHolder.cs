namespace Gateway.Persistence;

/// <summary>Who holds a lock that somebody waits for.</summary>
/// <param name="ProcessId">The server's process, as <c>pg_terminate_backend</c> takes it.</param>
/// <param name="Application">What its connection calls itself; empty when it does not.</param>
/// <param name="Address">Where it comes from; null for a local one, and for a role that may not see it.</param>
/// <param name="Since">UTC; when its transaction began; null for a role that may not see it.</param>
public sealed record LockHolder(int ProcessId, string Application, string? Address, DateTime? Since)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"process {ProcessId}{(Application.Length > 0 ? $" ({Application})" : "")}{(Address is { } address ? $" from {address}" : "")}"
        + (Since is { } since ? $", there since {since:yyyy-MM-dd HH:mm:ss} UTC" : "");
}
