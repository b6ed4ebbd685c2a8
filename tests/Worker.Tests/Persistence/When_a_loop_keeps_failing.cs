using Gateway.Persistence;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Worker.Tests.Persistence;

/// <summary>What a loop says of a server that is away for long. (docs/faults.md: A24)</summary>
public sealed class When_a_loop_keeps_failing
{
    private readonly FakeTimeProvider _time = new();
    private readonly FailureNotice _notice;

    public When_a_loop_keeps_failing() => _notice = new(_time);

    [Fact]
    public void Should_say_so_at_once_and_then_once_a_minute_with_the_count()
    {
        List<int> said = [];
        for (var second = 0; second <= 180; second++)
        {
            if (_notice.Failed(out var failures))
            {
                said.Add(failures);
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([1, 60, 60, 60], said);
    }

    [Fact]
    public void Should_begin_anew_after_a_success()
    {
        Assert.False(_notice.Worked());
        Assert.True(_notice.Failed(out _));
        Assert.False(_notice.Failed(out _));

        Assert.True(_notice.Worked());

        Assert.True(_notice.Failed(out var failures));
        Assert.Equal(1, failures);
    }
}
