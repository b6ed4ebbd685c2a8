using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence;

/// <summary>The database's clock, by which is decided what is about money: a worker's own may be wrong.</summary>
public static class DatabaseClock
{
    /// <summary>UTC; by <paramref name="time"/> where the database is a file of this process.</summary>
    public static async Task<DateTime> ReadClockAsync(this GatewayDbContext db, TimeProvider time, CancellationToken cancellationToken) =>
        db.Database.IsNpgsql()
            ? (await db.Database.SqlQuery<DateTimeOffset>($"""select clock_timestamp() as "Value" """).SingleAsync(cancellationToken))
                .UtcDateTime
            : time.GetUtcNow().UtcDateTime;
}
