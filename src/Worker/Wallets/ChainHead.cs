using System.Globalization;

namespace Gateway.Worker.Wallets;

/// <summary>How far a chain must have come for its servers to be believed.</summary>
/// <param name="Now">UTC, by the database's clock.</param>
/// <param name="LastHeight">The slot or block of the wallet's last reading; null before the first.</param>
internal sealed record ChainHead(DateTime Now, long? LastHeight)
{
    /// <summary>How old the newest block of a server may be.</summary>
    public static readonly TimeSpan OldestBlock = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How far after the database's clock it may be. What a server says of a later time is not kept: its slot or block would make every
    /// honest server one that is behind.
    /// </summary>
    public static readonly TimeSpan NewestBlock = TimeSpan.FromMinutes(5);

    /// <summary>Checks the newest slot or block of a server.</summary>
    /// <param name="unit"><c>slot</c> or <c>block</c>.</param>
    /// <param name="height">Its number.</param>
    /// <param name="unixSeconds">Its time.</param>
    /// <exception cref="UnreadableBalanceException">The server is behind, or in the future.</exception>
    public void Check(string unit, long height, long unixSeconds)
    {
        if (height < LastHeight)
        {
            throw new UnreadableBalanceException(string.Create(
                CultureInfo.InvariantCulture, $"its {unit} {height} is older than {LastHeight}, at which the wallet was read before"));
        }

        var time = DateTime.UnixEpoch + TimeSpan.FromSeconds(Math.Clamp(unixSeconds, 0, 100_000_000_000));
        if (Now - time > OldestBlock)
        {
            throw new UnreadableBalanceException(string.Create(
                CultureInfo.InvariantCulture,
                $"its {unit} {height} is of {time:yyyy-MM-dd HH:mm:ss} UTC, more than {OldestBlock.TotalMinutes} minutes ago"));
        }

        if (time - Now > NewestBlock)
        {
            throw new UnreadableBalanceException(string.Create(
                CultureInfo.InvariantCulture,
                $"its {unit} {height} is of {time:yyyy-MM-dd HH:mm:ss} UTC, more than {NewestBlock.TotalMinutes} minutes from now"));
        }
    }
}
