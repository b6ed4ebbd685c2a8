using System.Globalization;

namespace Gateway.Worker.Dashboard.Parts;

/// <summary>Fills in texts.</summary>
internal static class Say
{
    /// <summary>A text of the resource file with its <c>{0}</c>, <c>{1}</c>, … filled in.</summary>
    public static string With(string text, params ReadOnlySpan<object?> parts) => string.Format(CultureInfo.InvariantCulture, text, parts);
}
