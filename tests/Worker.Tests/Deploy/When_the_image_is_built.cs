using System.Text.RegularExpressions;
using System.Xml.Linq;
using Gateway.Testing;
using Gateway.Testing.Deploy;
using Xunit;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>What trials found (docs/faults.md: H1, H2).</summary>
public sealed partial class When_the_image_is_built
{
    private static readonly Dockerfile Dockerfile = Dockerfile.Read(Repository.PathOf("deploy/Dockerfile"));

    [Fact]
    public void Should_come_from_images_whose_version_is_named()
    {
        Assert.All(Dockerfile.All("FROM"), from => Assert.Matches(PinnedBase, from));
        Assert.Equal(2, Dockerfile.All("FROM").Count);
    }

    [Fact]
    public void Should_run_as_somebody_who_is_not_root()
    {
        Assert.Matches("^[1-9][0-9]*:[1-9][0-9]*$", Assert.Single(Dockerfile.LastStage.All("USER")));
        Assert.Equal(ComposeFile.Read(Repository.PathOf("docker-compose.yml")).Services["worker"].Text("user"), Dockerfile.LastStage.All("USER")[0]);
    }

    [Fact]
    public void Should_run_without_a_shell()
    {
        Assert.Empty(Dockerfile.LastStage.All("RUN"));
        Assert.Equal("""["/app/Gateway.Worker"]""", Assert.Single(Dockerfile.LastStage.All("ENTRYPOINT")));
        Assert.EndsWith("""CMD ["/app/Gateway.Worker", "health"]""", Assert.Single(Dockerfile.LastStage.All("HEALTHCHECK")), StringComparison.Ordinal);
        Assert.Equal("SIGTERM", Assert.Single(Dockerfile.LastStage.All("STOPSIGNAL")));
    }

    [Fact]
    public void Should_fetch_nothing_but_base_images_and_locked_packages()
    {
        Assert.Empty(Dockerfile.All("ADD"));
        Assert.Matches(LockedRestore, Dockerfile.All("RUN")[0]);
        Assert.DoesNotContain(Dockerfile.Instructions, i => i.Arguments.Contains("curl", StringComparison.Ordinal) || i.Arguments.Contains("apt", StringComparison.Ordinal));
    }

    // H1: with a default every image of another processor was given code for the default's.
    [Fact]
    public void Should_be_told_by_the_builder_for_which_processor_it_is()
    {
        Assert.Contains("TARGETARCH", Dockerfile.All("ARG"));
        Assert.Contains(Dockerfile.All("RUN"), run => run.Contains("--arch $TARGETARCH", StringComparison.Ordinal));
    }

    // H2: a layer that comes from a cache brings no packages with it.
    [Fact]
    public void Should_restore_in_the_step_that_publishes()
    {
        var publishes = Assert.Single(Dockerfile.All("RUN"), run => run.Contains("dotnet publish", StringComparison.Ordinal));

        Assert.Matches(LockedRestore, publishes);
        Assert.Contains("--no-restore", publishes, StringComparison.Ordinal);
        Assert.Contains("--mount=type=cache,id=gateway-nuget,target=/root/.nuget/packages", publishes, StringComparison.Ordinal);
    }

    // The pages decide about a package, and are not there yet when the first step restores.
    [Fact]
    public void Should_restore_the_same_packages_before_and_after_the_sources_are_there() =>
        Assert.Equal("true", XDocument.Load(Repository.PathOf("src/Worker/Gateway.Worker.csproj")).Descendants("RequiresAspNetWebAssets").Single().Value);

    [Fact]
    public void Should_find_what_it_copies_and_let_it_into_the_context()
    {
        var ignored = File.ReadAllLines(Repository.PathOf(".dockerignore"));
        // Everything stays outside that is not named.
        Assert.Equal("*", ignored.First(line => !line.StartsWith('#')));

        foreach (var source in Dockerfile.All("COPY").Where(copy => !copy.StartsWith("--from", StringComparison.Ordinal)).SelectMany(copy => copy.Split(' ')[..^1]))
        {
            Assert.True(Path.Exists(Repository.PathOf(source)), $"{source} is not in the repository");
            Assert.Contains($"!{source.Split('/')[0]}", ignored);
        }
    }

    [Fact]
    public void Should_hold_the_projects_that_the_worker_is_made_of()
    {
        var projects = Directory.GetFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories);
        Assert.All(projects, project => Assert.Contains(Dockerfile.All("COPY"), copy => copy.Contains(Path.GetRelativePath(Repository.Root, project), StringComparison.Ordinal)));
    }

    [Fact]
    public void Should_say_what_it_is()
    {
        var labels = Assert.Single(Dockerfile.LastStage.All("LABEL"));

        Assert.All(
            ["title", "description", "version", "revision", "licenses", "base.name"],
            label => Assert.Contains($"org.opencontainers.image.{label}=", labels, StringComparison.Ordinal));
        Assert.Contains(Dockerfile.LastStage.All("FROM")[0].Split(' ')[0], labels, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"dotnet restore src/Worker --locked-mode ")]
    private static partial Regex LockedRestore { get; }

    [GeneratedRegex(@"^(--platform=\$BUILDPLATFORM )?mcr\.microsoft\.com/dotnet/(sdk|aspnet):10\.0\.[0-9]+-noble[a-z-]* AS [a-z]+$")]
    private static partial Regex PinnedBase { get; }
}
