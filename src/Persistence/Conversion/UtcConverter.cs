using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Gateway.Persistence.Conversion;

/// <summary>Keeps a UTC time in <c>timestamp with time zone</c>, and in SQLite's text.</summary>
internal sealed class UtcConverter() : ValueConverter<DateTime, DateTime>(
    time => UtcTime.Checked(time),
    stored => DateTime.SpecifyKind(stored, DateTimeKind.Utc));
