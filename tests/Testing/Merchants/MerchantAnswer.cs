namespace Gateway.Testing.Merchants;

/// <summary>What a merchant answers to one request.</summary>
/// <param name="Status">The HTTP status.</param>
public sealed record MerchantAnswer(int Status)
{
    /// <summary>The header, when there is to be one.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The answer's body.</summary>
    public string Body { get; init; } = "";

    /// <summary>The answer waits for this.</summary>
    public Task Until { get; init; } = Task.CompletedTask;
}
