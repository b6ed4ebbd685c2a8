using Microsoft.Playwright;

namespace Gateway.Integration.Tests.Dashboard;

/// <summary>What a visitor's screen is like.</summary>
/// <param name="Name">How the pictures of it are named.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
/// <param name="Theme">What the system prefers.</param>
public sealed record Look(string Name, int Width, int Height, ColorScheme Theme)
{
    public static Look Desk { get; } = new("1400-light", 1400, 900, ColorScheme.Light);

    /// <summary>Both sizes in both themes.</summary>
    public static IReadOnlyList<Look> All { get; } =
    [
        Desk,
        new("1400-dark", 1400, 900, ColorScheme.Dark),
        new("390-light", 390, 844, ColorScheme.Light),
        new("390-dark", 390, 844, ColorScheme.Dark),
    ];
}
