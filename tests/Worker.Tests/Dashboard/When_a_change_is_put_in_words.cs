using Gateway.Worker.Dashboard.Parts;
using Gateway.Worker.Hosting;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Overview;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_a_change_is_put_in_words
{
    [Fact]
    public void Should_have_words_for_every_change()
    {
        var actions = Change.All.Concat(GatewayJobs.All.Select(Change.RunJob)).Select(change => change.Action);

        Assert.All(actions, action => Assert.DoesNotContain("/", StateWords.ChangeOf(action), StringComparison.Ordinal));
    }

    [Fact]
    public void Should_show_one_of_another_version_by_its_route()
    {
        Assert.Equal("POST /api/wallets/{id}/drain", StateWords.ChangeOf("POST /api/wallets/{id}/drain"));
    }

    [Fact]
    public void Should_have_words_for_everything_that_can_be_wrong()
    {
        Assert.All(Enum.GetNames<TroubleKind>(), kind => Assert.NotNull(Gateway.Worker.Dashboard.Texts.ResourceManager.GetString($"Trouble_{kind}", Gateway.Worker.Dashboard.Texts.Culture)));
    }
}
