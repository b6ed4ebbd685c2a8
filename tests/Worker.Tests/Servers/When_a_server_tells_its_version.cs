using Gateway.Worker.Servers;
using Xunit;

namespace Gateway.Worker.Tests.Servers;

/// <summary>Redis 6.2 refused what the register asks, and the log said that it does not answer. (docs/faults.md: G8)</summary>
public class When_a_server_tells_its_version
{
    [Theory]
    [InlineData("6.2.14", "Redis 6.2.14 is too old: 7.0 or newer is needed (SET has no NX with GET before, without which no duplicate is recognised)")]
    [InlineData("7.0.0", null)]
    [InlineData("8.0.2", null)]
    public void Should_name_a_Redis_that_is_too_old(string version, string? complaint) =>
        Assert.Equal(complaint, ServerRequirement.Redis.Complaint(ServerRequirement.Parse(version)!));

    [Theory]
    [InlineData("3.9.29", true)]
    [InlineData("3.10.8", false)]
    [InlineData("4.0.5", false)]
    public void Should_name_a_RabbitMQ_that_is_too_old(string version, bool isTooOld) =>
        Assert.Equal(isTooOld, ServerRequirement.RabbitMq.Complaint(ServerRequirement.Parse(version)!) is not null);

    [Theory]
    [InlineData("14.9", true)]
    [InlineData("15.0", false)]
    [InlineData("17.2", false)]
    public void Should_name_a_PostgreSQL_that_is_too_old(string version, bool isTooOld) =>
        Assert.Equal(isTooOld, ServerRequirement.PostgreSql.Complaint(ServerRequirement.Parse(version)!) is not null);

    [Theory]
    [InlineData("4.0.5", "4.0.5")]
    [InlineData("3.10.8+rc.1", "3.10.8")]
    [InlineData("17devel", "17.0")]
    [InlineData("unknown", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Should_be_read_as_servers_write_it(string? text, string? version) => Assert.Equal(version, ServerRequirement.Parse(text)?.ToString());
}
