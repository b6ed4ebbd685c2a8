namespace Gateway.Worker.Wallets;

/// <summary>What the wallet feature tells operators.</summary>
internal static partial class Log
{
    [LoggerMessage(8001, LogLevel.Warning, "Wallet {Chain} {Address} holds {BalanceUsd} USD, outside {MinimumUsd} to {MaximumUsd}")]
    public static partial void OutOfRange(
        ILogger logger, string chain, string address, decimal balanceUsd, decimal minimumUsd, decimal maximumUsd);

    [LoggerMessage(8002, LogLevel.Information, "Wallet {Chain} {Address} is back in range with {BalanceUsd} USD")]
    public static partial void BackInRange(ILogger logger, string chain, string address, decimal balanceUsd);

    [LoggerMessage(8003, LogLevel.Warning, "The balance of wallet {Chain} {Address} could not be read: {Complaint}")]
    public static partial void Unreadable(ILogger logger, string chain, string address, string complaint);

    [LoggerMessage(8004, LogLevel.Information, "The balance of wallet {Chain} {Address} can be read again")]
    public static partial void ReadableAgain(ILogger logger, string chain, string address);

    [LoggerMessage(8005, LogLevel.Error, "{Tokens} of wallet {Chain} {Address} fell to exactly zero, as two readings say")]
    public static partial void Emptied(ILogger logger, string tokens, string chain, string address);

    [LoggerMessage(8006, LogLevel.Error, "Accounts of wallet {Chain} {Address} are frozen: {Usdt} USDT, {Usdc} USDC cannot be paid out")]
    public static partial void Frozen(ILogger logger, string chain, string address, decimal usdt, decimal usdc);
}
