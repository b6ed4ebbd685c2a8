using System.Xml.Linq;
using Gateway.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>What trials found (docs/faults.md: G10).</summary>
public sealed class When_packages_are_restored
{
    // A hole in what a package needs passed.
    [Fact]
    public void Should_look_for_holes_in_those_that_come_with_others_too() =>
        Assert.Equal("all", XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("NuGetAuditMode").Single().Value);
}
