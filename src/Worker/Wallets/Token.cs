namespace Gateway.Worker.Wallets;

/// <summary>A stablecoin on a chain.</summary>
/// <param name="Address">Its mint or contract.</param>
/// <param name="Decimals">The decimals it is known to have; null for a token that only the configuration names.</param>
public sealed record Token(string Address, int? Decimals = null);
