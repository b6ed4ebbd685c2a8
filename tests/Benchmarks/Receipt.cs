namespace Gateway.Benchmarks;

/// <summary>A webhook that a merchant received.</summary>
/// <param name="PublishedAt">When it was published, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> counts.</param>
/// <param name="Milliseconds">How long it took from there.</param>
internal readonly record struct Receipt(long PublishedAt, double Milliseconds);
