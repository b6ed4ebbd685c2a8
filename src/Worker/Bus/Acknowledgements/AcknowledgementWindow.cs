using System.Numerics;
using System.Runtime.InteropServices;

namespace Gateway.Worker.Bus.Acknowledgements;

/// <summary>
/// Gathers the acknowledgements of one channel. RabbitMQ numbers what it delivers on a channel from 1 and takes one acknowledgement for
/// all up to a number (<c>multiple</c> of <c>basic.ack</c>, AMQP 0-9-1). So once everything up to a number is settled, one
/// acknowledgement says so; what is settled above a gap waits for a few rounds for the gap to close, and then gets an acknowledgement of
/// its own, so that a message that takes long keeps no other from being acknowledged. Not safe for several threads at once.
/// </summary>
/// <param name="patience">For how many rounds a message waits above a gap, from 0.</param>
public sealed class AcknowledgementWindow(int patience)
{
    private const int BitsPerWord = 64;

    // Which numbers from _first on are settled: a ring, in which bit 0 of word (number / 64) is for a number that 64 divides.
    private ulong[] _settled = new ulong[64];
    private ulong _first = 1;
    private readonly List<(ulong Tag, long Round)> _waiting = [];
    private long _round;

    /// <summary>Whether no acknowledgement is due.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>A message is to be acknowledged.</summary>
    public void Acknowledge(ulong tag)
    {
        Settle(tag);
        _waiting.Add((tag, _round));
    }

    /// <summary>A message was settled otherwise, and the broker has been told: it is no gap, and gets no acknowledgement.</summary>
    public void Settle(ulong tag)
    {
        if (tag < _first)
        {
            return;
        }

        while (tag - _first >= (ulong)(_settled.Length - 1) * BitsPerWord)
        {
            Grow();
        }

        WordOf(tag) |= BitOf(tag);
    }

    /// <summary>What is to be said now.</summary>
    /// <param name="oneByOne">Gets the messages that are acknowledged one by one.</param>
    /// <param name="all">Whether those above a gap are acknowledged too that would have to wait.</param>
    /// <returns>The number up to which everything is acknowledged; 0 when there is nothing new to say that way.</returns>
    public ulong Take(ICollection<ulong> oneByOne, bool all = false)
    {
        Advance();
        var upTo = 0UL;
        var stay = 0;
        foreach (var (tag, round) in CollectionsMarshal.AsSpan(_waiting))
        {
            if (tag < _first)
            {
                upTo = Math.Max(upTo, tag);
            }
            else if (all || _round - round >= patience)
            {
                oneByOne.Add(tag);
            }
            else
            {
                _waiting[stay++] = (tag, round);
            }
        }

        _waiting.RemoveRange(stay, _waiting.Count - stay);
        _round++;
        return upTo;
    }

    private static ulong BitOf(ulong tag) => 1UL << (int)(tag % BitsPerWord);

    private ref ulong WordOf(ulong tag) => ref _settled[tag / BitsPerWord % (ulong)_settled.Length];

    private void Advance()
    {
        while (true)
        {
            var offset = (int)(_first % BitsPerWord);
            ref var word = ref WordOf(_first);
            var run = BitOperations.TrailingZeroCount(~(word >> offset));
            _first += (ulong)Math.Min(run, BitsPerWord - offset);
            if (offset + run < BitsPerWord)
            {
                return;
            }

            // Behind the window its place in the ring is free for numbers to come.
            word = 0;
        }
    }

    private void Grow()
    {
        var before = _settled;
        _settled = new ulong[before.Length * 2];
        for (var word = 0UL; word < (ulong)before.Length; word++)
        {
            var number = _first / BitsPerWord + word;
            _settled[number % (ulong)_settled.Length] = before[number % (ulong)before.Length];
        }
    }
}
