using System.Globalization;
using System.Text;
using MassTransit;

namespace Gateway.Worker.Bus;

/// <summary>
/// Headers of the worker's own, read as what they are meant to be. Anybody may publish a message with any header of any type: what is no
/// such value is as if it were not there.
/// </summary>
internal static class HeaderValues
{
    /// <summary>A number from 0 to <paramref name="max"/>; 0 when there is none.</summary>
    public static short Number(this Headers headers, string name, short max = short.MaxValue) =>
        Number(headers.Text(name), max);

    /// <summary>The number that a text says, from 0 to <paramref name="max"/>; 0 when it says none.</summary>
    public static short Number(string? text, short max) =>
        short.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max ? number : (short)0;

    /// <summary>A UUID; null when there is none.</summary>
    public static Guid? Uuid(this Headers headers, string name) => Guid.TryParse(headers.Text(name), out var id) ? id : null;

    /// <summary>Whether the header says <c>true</c>.</summary>
    public static bool Flag(this Headers headers, string name) => headers.Text(name) == "true";

    /// <summary>Text of at most 128 characters; null when there is none.</summary>
    public static string? Text(this Headers headers, string name) => headers.TryGetHeader(name, out var value)
        ? value switch
        {
            string { Length: <= 128 } text => text,
            byte[] { Length: <= 128 } bytes => Encoding.UTF8.GetString(bytes),
            int or long or short or byte => Convert.ToString(value, CultureInfo.InvariantCulture),
            true => "true",
            _ => null,
        }
        : null;
}
