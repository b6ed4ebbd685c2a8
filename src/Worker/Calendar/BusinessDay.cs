namespace Gateway.Worker.Calendar;

/// <summary>
/// One day of the business, from midnight to midnight where the business is; 23 or 25 hours where the clocks are changed.
/// </summary>
/// <param name="Date">The date.</param>
/// <param name="From">UTC; the first instant.</param>
/// <param name="To">UTC; the first instant of the next day.</param>
public sealed record BusinessDay(DateOnly Date, DateTime From, DateTime To);
