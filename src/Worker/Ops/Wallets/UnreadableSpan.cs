namespace Gateway.Worker.Ops.Wallets;

/// <summary>A time in which a wallet could not be read: what it held is not known.</summary>
/// <param name="From">UTC; when it could not be read the first time.</param>
/// <param name="To">UTC; when it was read again; null while it lasts.</param>
public sealed record UnreadableSpan(DateTime From, DateTime? To);
