using Gateway.Worker.Configuration;

namespace Gateway.Worker.Webhooks.Endpoints;

/// <summary>How endpoints are looked up and given up. Every value comes from the environment variable that its comment names.</summary>
public sealed record EndpointOptions
{
    /// <summary>For how long every attempt must have failed before an endpoint is disabled (<c>WEBHOOK_DISABLE_AFTER</c>).</summary>
    public TimeSpan DisableAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>How long a merchant's endpoint is remembered between look-ups.</summary>
    public TimeSpan EndpointCacheTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is remembered that there is no such merchant: short, because one may just be on its way.</summary>
    public TimeSpan UnknownMerchantCacheTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static EndpointOptions Read(Settings settings) => new()
    {
        DisableAfter = settings.Duration(
            "WEBHOOK_DISABLE_AFTER", new EndpointOptions().DisableAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
    };
}
