namespace Gateway.Integration.Tests.Verifiers;

/// <summary>What other people's code says of a webhook.</summary>
/// <param name="Accepted">Whether every verifier that was asked accepted it.</param>
/// <param name="Lines">One line for each verifier, <c>name: verified</c> or <c>name: why not</c>.</param>
public sealed record Verdict(bool Accepted, IReadOnlyList<string> Lines);
