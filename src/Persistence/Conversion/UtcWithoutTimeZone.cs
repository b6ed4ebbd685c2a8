using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Gateway.Persistence.Conversion;

/// <summary>
/// Keeps a UTC time in the gateway's <c>timestamp without time zone</c>. Npgsql writes that type only from
/// <see cref="DateTimeKind.Unspecified"/>, so the kind is taken off on the way in and put back on the way out.
/// </summary>
internal sealed class UtcWithoutTimeZone() : ValueConverter<DateTime, DateTime>(
    time => DateTime.SpecifyKind(UtcTime.Checked(time), DateTimeKind.Unspecified),
    stored => DateTime.SpecifyKind(stored, DateTimeKind.Utc));

/// <summary>Says in a configuration that a column is one of the gateway's timestamps.</summary>
internal static class UtcWithoutTimeZoneConfiguration
{
    public static PropertyBuilder<T> IsUtcWithoutTimeZone<T>(this PropertyBuilder<T> property) =>
        property.HasColumnType("timestamp without time zone").HasConversion(new UtcWithoutTimeZone());
}
