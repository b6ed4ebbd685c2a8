using CsCheck;
using Gateway.Worker.Bus.Acknowledgements;
using Xunit;

namespace Gateway.Worker.Tests.Bus.Acknowledgements;

public class When_acknowledgements_gather
{
    private readonly AcknowledgementWindow _window = new(patience: 1);
    private readonly List<ulong> _oneByOne = [];

    [Fact]
    public void Should_say_once_that_everything_up_to_a_number_is_done()
    {
        Acknowledge(2, 1, 3);

        Assert.Equal(3UL, _window.Take(_oneByOne));
        Assert.Empty(_oneByOne);
        Assert.Equal(0UL, _window.Take(_oneByOne));
        Assert.Empty(_oneByOne);
    }

    [Fact]
    public void Should_let_what_is_above_a_gap_wait_for_one_round()
    {
        Acknowledge(1, 3);

        Assert.Equal(1UL, _window.Take(_oneByOne));
        Assert.Empty(_oneByOne);
        Acknowledge(2, 5);

        Assert.Equal(3UL, _window.Take(_oneByOne));
        Assert.Empty(_oneByOne);
        Assert.False(_window.IsEmpty);

        Assert.Equal(0UL, _window.Take(_oneByOne));
        Assert.Equal([5UL], _oneByOne);
        Assert.True(_window.IsEmpty);
    }

    [Fact]
    public void Should_wait_as_many_rounds_as_it_is_told()
    {
        var window = new AcknowledgementWindow(patience: 3);
        window.Acknowledge(2);

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(0UL, window.Take(_oneByOne));
            Assert.Empty(_oneByOne);
        }

        Assert.Equal(0UL, window.Take(_oneByOne));
        Assert.Equal([2UL], _oneByOne);
    }

    [Fact]
    public void Should_not_wait_at_the_end()
    {
        Acknowledge(2, 4);

        Assert.Equal(0UL, _window.Take(_oneByOne, all: true));
        Assert.Equal([2UL, 4UL], _oneByOne);
    }

    [Fact]
    public void Should_see_no_gap_where_a_message_was_given_back()
    {
        _window.Settle(1);
        Acknowledge(2);
        _window.Settle(3);

        // Not 3: the broker knows that number no more, and would close the channel.
        Assert.Equal(2UL, _window.Take(_oneByOne));
    }

    [Fact]
    public void Should_go_on_while_one_message_takes_as_long_as_a_hundred_thousand_others()
    {
        for (var tag = 2UL; tag <= 100_000; tag++)
        {
            _window.Acknowledge(tag);
            if (tag % 100 == 0)
            {
                Assert.Equal(0UL, _window.Take(_oneByOne));
            }
        }

        _window.Take(_oneByOne);
        Assert.Equal(99_999, _oneByOne.Count);
        Acknowledge(1);
        Assert.Equal(1UL, _window.Take(_oneByOne));
        Acknowledge(100_001);
        Assert.Equal(100_001UL, _window.Take(_oneByOne));
    }

    [Fact]
    public void Should_acknowledge_what_was_done_and_nothing_else_in_any_order() =>
        Gen.Select(Gen.Int[1, 400], Gen.Int[1, 60], Gen.Int[0, 5], Gen.Int[0, 1_000_000]).Sample((messages, prefetch, patience, seed) =>
        {
            var random = new Random(seed);
            var window = new AcknowledgementWindow(patience);
            var broker = new SortedSet<ulong>();
            var inHand = new List<ulong>();
            var done = new HashSet<ulong>();
            var delivered = 0UL;
            while (delivered < (ulong)messages || broker.Count > 0)
            {
                while (broker.Count < prefetch && delivered < (ulong)messages)
                {
                    broker.Add(++delivered);
                    inHand.Add(delivered);
                }

                for (var i = random.Next(inHand.Count + 1); i > 0; i--)
                {
                    var at = random.Next(inHand.Count);
                    var tag = inHand[at];
                    inHand.RemoveAt(at);
                    if (random.Next(10) == 0)
                    {
                        Assert.True(broker.Remove(tag));
                        window.Settle(tag);
                    }
                    else
                    {
                        window.Acknowledge(tag);
                        done.Add(tag);
                    }
                }

                var oneByOne = new List<ulong>();
                var upTo = window.Take(oneByOne);
                if (upTo > 0)
                {
                    // The broker closes the channel at a number that it does not know.
                    Assert.Contains(upTo, broker);
                    var all = broker.GetViewBetween(1, upTo).ToArray();
                    Assert.True(done.IsSupersetOf(all));
                    broker.ExceptWith(all);
                }

                Assert.All(oneByOne, tag => Assert.True(done.Contains(tag) && broker.Remove(tag)));
            }

            Assert.True(window.IsEmpty);
        });

    private void Acknowledge(params ulong[] tags)
    {
        foreach (var tag in tags)
        {
            _window.Acknowledge(tag);
        }
    }
}
