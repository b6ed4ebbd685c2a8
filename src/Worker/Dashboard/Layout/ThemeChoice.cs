namespace Gateway.Worker.Dashboard.Layout;

/// <summary>What the browser tells when a page begins.</summary>
/// <param name="Choice">system, light or dark.</param>
/// <param name="IsDark">What it is now.</param>
/// <param name="IsLooking">Whether the tab is before somebody's eyes.</param>
internal sealed record ThemeChoice(string Choice, bool IsDark, bool IsLooking);
