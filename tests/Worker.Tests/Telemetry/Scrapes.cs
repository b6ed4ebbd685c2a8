using Xunit;

namespace Gateway.Worker.Tests.Telemetry;

/// <summary>The tests that scrape a worker, beside no others: among many workers in one process a scrape came out empty.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Scrapes
{
    public const string Name = "Scrapes";
}
