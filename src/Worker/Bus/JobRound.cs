using System.Globalization;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// How often a job was sent again from its first attempt. What a later round says about a job wins over an earlier one, whatever the clocks
/// of the workers say.
/// </summary>
public static class JobRound
{
    /// <summary>The header: a number from 0.</summary>
    public const string Header = "Gateway-Round";

    // Nobody sends a job again so often; a number beyond is somebody else's, and would leave no room to count on.
    private const short Highest = 10_000;

    /// <summary>The round that a message belongs to; 0 where nothing tells.</summary>
    public static short Of(ConsumeContext context) => Of(context.Headers.Text(Header));

    /// <summary>The round that the header's text says; 0 where it says none.</summary>
    public static short Of(string? text) => HeaderValues.Number(text, Highest);

    /// <summary>Lets a message belong to a round.</summary>
    public static void Keep(SendContext message, short round)
    {
        if (round > 0)
        {
            message.Headers.Set(Header, round.ToString(CultureInfo.InvariantCulture));
        }
    }
}
