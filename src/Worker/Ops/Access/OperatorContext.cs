namespace Gateway.Worker.Ops.Access;

/// <summary>Who asks, and what came of it, for the trail.</summary>
internal static class OperatorContext
{
    private static readonly object OperatorKey = new();
    private static readonly object RoleKey = new();
    private static readonly object OutcomeKey = new();

    extension(HttpContext context)
    {
        /// <summary>The name of the key that was presented.</summary>
        public string OperatorName => (string?)context.Items[OperatorKey] ?? "unknown";

        /// <summary>What came of a change, for the trail; null when the status says it all.</summary>
        public string? Outcome => (string?)context.Items[OutcomeKey];

        /// <summary>Whether the key is an operator's.</summary>
        public bool MayChange => context.Items[RoleKey] is true;

        public void SetOperator(string name, bool mayChange) => (context.Items[OperatorKey], context.Items[RoleKey]) = (name, mayChange);

        public void SetOutcome(string outcome) => context.Items[OutcomeKey] = outcome;
    }
}
