namespace Gateway.Worker.Ops.Access;

/// <summary>Who asks, and what came of it, for the trail.</summary>
internal static class OperatorContext
{
    private static readonly object OutcomeKey = new();

    extension(HttpContext context)
    {
        /// <summary>The name of who asks, such as that of the key that was presented.</summary>
        public string OperatorName => context.User.OperatorName;

        /// <summary>What came of a change, for the trail; null when the status says it all.</summary>
        public string? Outcome => (string?)context.Items[OutcomeKey];

        /// <summary>Whether who asks may make changes, as operators may.</summary>
        public bool MayChange => context.User.MayChange;

        public void SetOutcome(string outcome) => context.Items[OutcomeKey] = outcome;
    }
}
