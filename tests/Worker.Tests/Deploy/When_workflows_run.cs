using Xunit;

namespace Gateway.Worker.Tests.Deploy;

/// <summary>What trials found (docs/faults.md: H1, H6).</summary>
public sealed class When_workflows_run
{
    private static readonly Workflow[] Workflows = Workflow.ReadAll();

    [Fact]
    public void Should_run_nothing_of_others_that_may_change() => Assert.All(
        Workflows.SelectMany(workflow => workflow.Uses), used => Assert.Matches(@"^(\./|[\w/-]+@[0-9a-f]{40}$)", used));

    [Fact]
    public void Should_be_allowed_to_read_and_no_more_unless_a_job_says_so() =>
        Assert.All(Workflows, workflow => Assert.Equal(["contents: read"], workflow.Permissions.Select(right => $"{right.Key}: {right.Value}")));

    [Fact]
    public void Should_leave_no_credentials_in_a_checkout()
    {
        var checkouts = Workflows.SelectMany(workflow => workflow.Steps)
            .Where(step => step.GetValueOrDefault("uses") is string uses && uses.StartsWith("actions/checkout@", StringComparison.Ordinal));

        Assert.All(checkouts, checkout => Assert.Equal("false", Workflow.MapOf(checkout["with"])["persist-credentials"]));
    }

    // What somebody else has named, such as a branch, would be a part of the script.
    [Fact]
    public void Should_write_no_expression_into_a_script()
    {
        var scripts = Workflows.SelectMany(workflow => workflow.Steps).Select(step => step.GetValueOrDefault("run")).OfType<string>().ToArray();

        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.DoesNotContain("${{", script, StringComparison.Ordinal));
    }

    [Fact]
    public void Should_end_when_something_hangs() => Assert.All(
        Workflows.SelectMany(workflow => workflow.Jobs).Where(job => !job.ContainsKey("uses")), job => Assert.Contains("timeout-minutes", job.Keys));

    // Of three runs in one group the second is dropped while it waits for the first.
    [Theory]
    [InlineData("ci.yml")]
    [InlineData("codeql.yml")]
    public void Should_answer_for_every_commit_of_main(string name)
    {
        var group = Assert.Single(Workflows, workflow => workflow.Name == name).Group;

        Assert.EndsWith("-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}", group, StringComparison.Ordinal);
    }

    // H1: an image for a processor is run on one.
    [Fact]
    public void Should_try_the_image_on_both_processors()
    {
        var runners = Assert.Single(Workflows, workflow => workflow.Name == "ci.yml").Jobs
            .Where(job => job.ContainsKey("strategy"))
            .Select(job => (List<object?>)Workflow.MapOf(Workflow.MapOf(job["strategy"])["matrix"])["runner"]!);

        Assert.Equal(["ubuntu-24.04", "ubuntu-24.04-arm"], Assert.Single(runners));
    }
}
