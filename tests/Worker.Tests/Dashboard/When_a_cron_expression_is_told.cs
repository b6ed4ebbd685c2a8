using Gateway.Worker.Dashboard.Schedules;
using Xunit;

namespace Gateway.Worker.Tests.Dashboard;

public sealed class When_a_cron_expression_is_told
{
    [Theory]
    [InlineData("* * * * *", "every minute")]
    [InlineData("*/5 * * * *", "every 5 minutes")]
    [InlineData("7 * * * *", "every hour at minute 07")]
    [InlineData("0 8 * * *", "every day at 08:00")]
    // It begins anew with each hour, so that the last minutes are only four.
    [InlineData("*/7 * * * *", null)]
    [InlineData("*/0 * * * *", null)]
    [InlineData("0 8 * * 1-5", null)]
    [InlineData("30 0 8 * * *", null)]
    [InlineData("0 25 * * *", null)]
    public void Should_have_words_for_usual_forms_alone(string cron, string? words) => Assert.Equal(words, CronWords.Of(cron));
}
