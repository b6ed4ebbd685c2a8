namespace Gateway.Worker.Wallets;

/// <summary>A balance is unknown. The message says why and holds neither URL nor anything the server wrote.</summary>
public sealed class UnreadableBalanceException(string message, Exception? innerException = null) : Exception(message, innerException);
