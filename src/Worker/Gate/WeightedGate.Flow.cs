namespace Gateway.Worker.Gate;

public sealed partial class WeightedGate
{
    /// <summary>Those who wait in one flow, by standing and rank, and the flow's counts.</summary>
    private sealed class Flow(GateFlow identity)
    {
        public GateFlow Identity { get; } = identity;

        private const int Ranks = (int)GateRank.Low + 1;

        private readonly LinkedList<Waiter>[] _waiters = [.. Enumerable.Range(0, Standings * Ranks).Select(_ => new LinkedList<Waiter>())];

        /// <summary>How many wait, by standing.</summary>
        public int[] WaitingOf { get; } = new int[Standings];

        public bool IsHeld { get; set; }

        public double Tag { get; set; }

        public int Waiting { get; set; }

        public int InFlight { get; set; }

        public long Started { get; set; }

        public LinkedList<Waiter> WaitersOf(GateStanding standing, GateRank rank) => _waiters[(int)standing * Ranks + (int)rank];

        public bool HasWaiting(GateStanding lowest)
        {
            for (var standing = 0; standing <= (int)lowest; standing++)
            {
                if (WaitingOf[standing] > 0)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>
        /// Of those who wait longest in each rank, down to a standing, the one that is due first: a rank counts as having come that much
        /// later.
        /// </summary>
        public Waiter Next(long agingTicks, GateStanding lowest)
        {
            Waiter? next = null;
            var due = long.MaxValue;
            for (var i = 0; i < ((int)lowest + 1) * Ranks; i++)
            {
                if (_waiters[i].First?.Value is { } first && first.Since + i % Ranks * agingTicks < due)
                {
                    (next, due) = (first, first.Since + i % Ranks * agingTicks);
                }
            }

            return next!;
        }

        /// <summary>Since when somebody waits, down to a standing; the end of time when nobody does.</summary>
        public long OldestSince(GateStanding lowest)
        {
            var oldest = long.MaxValue;
            for (var i = 0; i < ((int)lowest + 1) * Ranks; i++)
            {
                oldest = Math.Min(oldest, _waiters[i].First?.Value.Since ?? long.MaxValue);
            }

            return oldest;
        }
    }
}
