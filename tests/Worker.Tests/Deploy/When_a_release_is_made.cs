using Gateway.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>What trials found (docs/faults.md: H6).</summary>
public sealed class When_a_release_is_made
{
    private static readonly string Release = File.ReadAllText(Repository.PathOf(".github/workflows/release.yml"));

    [Fact]
    public void Should_be_a_tag_that_is_tested_packed_and_built_for_both_processors_first()
    {
        Assert.Contains("tags: [\"v[0-9]+.[0-9]+.[0-9]+*\"]", Release, StringComparison.Ordinal);
        Assert.Contains("uses: ./.github/workflows/ci.yml", Release, StringComparison.Ordinal);
        Assert.Contains("workflow_call:", File.ReadAllText(Repository.PathOf(".github/workflows/ci.yml")), StringComparison.Ordinal);
        Assert.Contains("dotnet pack src/Contracts ", Release, StringComparison.Ordinal);
        Assert.Contains("dotnet pack src/Worker ", Release, StringComparison.Ordinal);
        Assert.Contains("platforms: linux/amd64,linux/arm64", Release, StringComparison.Ordinal);
        Assert.Contains("sbom: true", Release, StringComparison.Ordinal);
        Assert.Contains("provenance: mode=max", Release, StringComparison.Ordinal);
        Assert.Contains("needs: [test, packages, image]", Release, StringComparison.Ordinal);
    }

    [Fact]
    public void Should_have_a_word_in_the_changelog_for_what_a_version_promises()
    {
        var changelog = File.ReadAllText(Repository.PathOf("CHANGELOG.md"));

        Assert.Contains("\n## What a version promises\n", changelog, StringComparison.Ordinal);
    }
}
