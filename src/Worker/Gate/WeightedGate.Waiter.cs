namespace Gateway.Worker.Gate;

public sealed partial class WeightedGate
{
    /// <summary>Somebody who waits for a slot.</summary>
    private sealed class Waiter : TaskCompletionSource<GateSlot?>
    {
        private readonly WeightedGate _gate;

        // Continuations run elsewhere: the slot's next holder must not run inside the lock of the one that gave it back.
        public Waiter(WeightedGate gate, int flow, GateRank rank, GateStanding standing, long since)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            (_gate, Flow, Rank, Standing, Since) = (gate, flow, rank, standing, since);
            Place = new LinkedListNode<Waiter>(this);
        }

        public int Flow { get; }

        public GateRank Rank { get; }

        public GateStanding Standing { get; }

        public long Since { get; }

        public LinkedListNode<Waiter> Place { get; }

        /// <summary>How many jobs of its part of the slots had ended when its patience began.</summary>
        public long EndedBefore { get; set; }

        public async Task<GateSlot?> WaitAsync(CancellationToken cancellationToken, CancellationToken orBy)
        {
            await using var cancellation = GiveUpBy(cancellationToken);
            await using var orCancellation = GiveUpBy(orBy);
            await using var patience = Standing == GateStanding.Answering ? null : _gate._time.CreateTimer(
                static waiter => ((Waiter)waiter!)._gate.EndPatience((Waiter)waiter), this, Patience, Patience);
            return await Task;
        }

        private CancellationTokenRegistration GiveUpBy(CancellationToken cancellationToken) =>
            cancellationToken.UnsafeRegister(static (waiter, token) => ((Waiter)waiter!)._gate.GiveUp((Waiter)waiter, token), this);
    }
}
