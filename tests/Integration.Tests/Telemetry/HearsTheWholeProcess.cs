using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

/// <summary>
/// The tests with a worker in their own process whose telemetry is read: OpenTelemetry would also hear the workers of the tests beside
/// them, and make these trace what they do. So nothing runs beside them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HearsTheWholeProcess
{
    public const string Name = "Hears the whole process";
}
