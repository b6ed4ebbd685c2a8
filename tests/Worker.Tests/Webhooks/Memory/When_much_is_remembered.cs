using System.Collections.Concurrent;
using Gateway.Worker.Webhooks.Memory;
using Xunit;

namespace Gateway.Worker.Tests.Webhooks.Memory;

public class When_much_is_remembered
{
    private const int Additions = 100_000;

    private readonly ConcurrentDictionary<int, int> _entries = new();
    private readonly Sweeper _sweeper = new();

    /// <summary>With more merchants at work than any fixed bound, each addition beyond it would look at all of them.</summary>
    [Fact]
    public void Should_look_at_two_entries_for_each_addition_when_none_is_over()
    {
        var looks = 0;

        for (var number = 1; number <= Additions; number++)
        {
            Add(number, _ =>
            {
                looks++;
                return false;
            });
        }

        Assert.Equal(Additions, _entries.Count);
        Assert.InRange(looks, 1, 2 * Additions);
    }

    [Fact]
    public void Should_keep_no_more_of_what_is_over_than_of_what_is_not()
    {
        const int Alive = 10_000;
        var most = 0;

        for (var number = 1; number <= Additions; number++)
        {
            Add(number, entry => entry <= number - Alive);
            most = Math.Max(most, _entries.Count);
        }

        Assert.InRange(most, Alive, 2 * Alive);
    }

    private void Add(int number, Func<int, bool> isOver)
    {
        _entries[number] = number;
        _sweeper.Added(_entries, isOver);
    }
}
