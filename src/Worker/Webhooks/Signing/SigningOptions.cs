using Gateway.Worker.Configuration;

namespace Gateway.Worker.Webhooks.Signing;

/// <summary>How webhooks are signed. Every value comes from the environment variable that its comment names.</summary>
public sealed record SigningOptions
{
    /// <summary>The gateway's Ed25519 key, <c>whsk_</c> and base64 (<c>WEBHOOK_SIGNING_KEY</c>); null signs with secrets only.</summary>
    public SigningKey? SigningKey { get; init; }

    /// <summary>Whether the headers of the previous worker are sent too (<c>WEBHOOK_LEGACY_HEADERS</c>).</summary>
    public bool LegacyHeaders { get; init; }

    /// <summary>Reads the options; complaints go to <paramref name="settings"/>.</summary>
    public static SigningOptions Read(Settings settings) => new()
    {
        SigningKey = ReadSigningKey(settings),
        LegacyHeaders = settings.Flag("WEBHOOK_LEGACY_HEADERS", false),
    };

    private static SigningKey? ReadSigningKey(Settings settings)
    {
        if (settings.OptionalText("WEBHOOK_SIGNING_KEY") is not { } text)
        {
            return null;
        }

        if (!SigningKey.TryParse(text, out var key))
        {
            settings.RejectSecret(
                "WEBHOOK_SIGNING_KEY",
                "the value is not 'whsk_' and the base64 of a 32-byte Ed25519 seed, or of the 64 bytes of a seed and its public key");
        }

        return key;
    }
}
