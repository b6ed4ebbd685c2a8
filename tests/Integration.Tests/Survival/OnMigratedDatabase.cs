using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>The tests that take something away from a running worker.</summary>
[CollectionDefinition(Name)]
public sealed class OnMigratedDatabase : ICollectionFixture<MigratedDatabase>
{
    public const string Name = "Survival";
}
