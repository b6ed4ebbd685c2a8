namespace Gateway.Worker.Wallets;

/// <summary>
/// A balance is unknown. The message says why. It holds no URL, and what the server wrote only as <see cref="RpcText"/> has cleaned it.
/// </summary>
public sealed class UnreadableBalanceException(string message, Exception? innerException = null) : Exception(message, innerException);
