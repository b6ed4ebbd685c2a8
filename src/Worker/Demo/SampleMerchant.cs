namespace Gateway.Worker.Demo;

/// <summary>A merchant of the demo.</summary>
/// <param name="Id">Its id in the sample database.</param>
/// <param name="Name">Its name in the table.</param>
/// <param name="Path">Where its endpoint is on the sample server.</param>
/// <param name="Secret">Its webhook secret.</param>
/// <param name="FailuresFirst">How many requests it answers with an error before it recovers.</param>
/// <param name="Pause">How long it takes to answer.</param>
internal sealed record SampleMerchant(Guid Id, string Name, string Path, string Secret, int FailuresFirst, TimeSpan Pause)
{
    public static IReadOnlyList<SampleMerchant> All { get; } =
    [
        Create("Healthy Coffee", "/healthy", failuresFirst: 0),
        Create("Flaky Books", "/flaky", failuresFirst: 2),
        Create("Down Hardware", "/down", failuresFirst: int.MaxValue),
    ];

    /// <summary>One more for who stays: two seconds are long for a webhook.</summary>
    public static SampleMerchant Slow { get; } = Create("Slow Florist", "/slow", failuresFirst: 0, TimeSpan.FromSeconds(2));

    private static SampleMerchant Create(string name, string path, int failuresFirst, TimeSpan pause = default) => new(
        Guid.CreateVersion7(),
        name,
        path,
        "whsec_" + Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)),
        failuresFirst,
        pause);
}
