using Gateway.Worker.Webhooks.Endpoints;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Endpoints;

/// <summary>An outage of our own is told from one of a merchant. (docs/faults.md: A19)</summary>
public sealed class When_most_merchants_fail
{
    private readonly FakeTimeProvider _time = new();
    private readonly EndpointSurvey _survey;

    public When_most_merchants_fail() => _survey = new(_time);

    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(2, 3, false)]
    [InlineData(3, 3, false)]
    [InlineData(4, 0, false)]
    [InlineData(5, 0, true)]
    public void Should_say_so_when_they_are_enough_to_tell(int failing, int working, bool expected)
    {
        Note(failing, hasFailed: true);
        Note(working, hasFailed: false);

        Assert.Equal(expected, _survey.MostFail());
    }

    [Fact]
    public void Should_go_by_the_last_attempt_of_each()
    {
        var merchants = Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7()).ToArray();
        Array.ForEach(merchants, merchant => _survey.Note(merchant, hasFailed: true));
        Array.ForEach(merchants, merchant => _survey.Note(merchant, hasFailed: false));

        Assert.False(_survey.MostFail());
    }

    [Fact]
    public void Should_forget_what_was_long_ago()
    {
        Note(6, hasFailed: true);
        Assert.True(_survey.MostFail());

        _time.Advance(TimeSpan.FromMinutes(11));

        Assert.False(_survey.MostFail());
    }

    private void Note(int merchants, bool hasFailed)
    {
        for (var merchant = 0; merchant < merchants; merchant++)
        {
            _survey.Note(Guid.CreateVersion7(), hasFailed);
        }
    }
}
