namespace Gateway.Persistence;

/// <summary>Something that this version needs and the database does not have.</summary>
/// <param name="What">
/// Such as <c>table job_runs</c>, or <c>column merchants.kyc_tier character varying(10)</c> with the type that it needs.
/// </param>
/// <param name="IsGateways">Whether the gateway's own migrations must add it: <c>migrate</c> changes no table of the gateway's.</param>
public sealed record MissingPart(string What, bool IsGateways)
{
    /// <summary>What is missing and who adds it, in a sentence for a probe or a log. Empty when nothing is.</summary>
    public static string Describe(IReadOnlyCollection<MissingPart> missing)
    {
        var own = string.Join(", ", missing.Where(part => !part.IsGateways));
        var gateways = string.Join(", ", missing.Where(part => part.IsGateways));
        return string.Join("; ", new[]
        {
            own.Length > 0 ? $"tables are missing: run `Gateway.Worker migrate` (missing: {own})" : "",
            gateways.Length > 0 ? $"the gateway's own migrations must add: {gateways}" : "",
        }.Where(sentence => sentence.Length > 0));
    }

    /// <inheritdoc/>
    public override string ToString() => What;
}
