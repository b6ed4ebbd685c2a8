namespace Gateway.Worker.Dashboard.Layout;

/// <summary>A page in the navigation.</summary>
/// <param name="Path">Where it is, relative to the dashboard.</param>
/// <param name="Text">Its name.</param>
/// <param name="Icon">Its picture, as SVG.</param>
/// <param name="Key">The letter that leads to it after <c>g</c>.</param>
internal sealed record NavigationItem(string Path, string Text, string Icon, char Key);
