namespace Gateway.Worker.Configuration;

/// <summary>
/// Secrets that are in files, as container engines mount them: <c>DB_PASSWORD_FILE=/run/secrets/db_password</c> instead of
/// <c>DB_PASSWORD</c>.
/// </summary>
public static class SecretFiles
{
    /// <summary>What follows the variable's name.</summary>
    public const string Suffix = "_FILE";

    // Far above what a list of API keys takes, and far below what would hurt.
    private const int LargestLength = 64 * 1024;

    /// <summary>The variables that may be given so: passwords and keys, and the addresses of RPC servers, which may hold a key.</summary>
    public static IReadOnlyList<string> Variables { get; } =
    [
        "RABBITMQ_PASSWORD", "REDIS_PASSWORD", "REDIS_SENTINEL_PASSWORD", "DB_PASSWORD", "SMTP_PASSWORD", "OPS_API_KEYS",
        "OPS_OIDC_CLIENT_SECRET",
        "WEBHOOK_SIGNING_KEY", "WEBHOOK_PROXY_PASSWORD", "SOLANA_WALLET_PRIVATE_KEY", "SOLANA_RPC_URL", "BSC_RPC_URL",
    ];

    /// <summary>Reads the files that are named.</summary>
    /// <param name="configuration">The variables.</param>
    /// <param name="reject">Told the variable and what is wrong; no part of a file is in it.</param>
    /// <returns>The secrets by the name that the variable would have without <see cref="Suffix"/>.</returns>
    public static IReadOnlyDictionary<string, string> Read(IConfiguration configuration, Action<string, string> reject)
    {
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in Variables)
        {
            if (configuration[variable + Suffix] is not { } path || string.IsNullOrWhiteSpace(path))
            {
                continue;
            }

            if (!string.IsNullOrWhiteSpace(configuration[variable]))
            {
                reject(variable + Suffix, $"{variable} is set too: give one of them");
            }
            else if (ReadFile(path.Trim(), complaint => reject(variable + Suffix, complaint)) is { } secret)
            {
                secrets[variable] = secret;
            }
        }

        return secrets;
    }

    private static string? ReadFile(string path, Action<string> reject)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var reader = new StreamReader(file);
            var text = new char[LargestLength + 1];
            var length = reader.ReadBlock(text);
            if (length > LargestLength)
            {
                reject($"the file '{path}' is longer than {LargestLength} characters");
                return null;
            }

            // Editors and `echo` end a file with a line break that is no part of the secret.
            var secret = new string(text, 0, length).Trim();
            if (secret.Length > 0)
            {
                return secret;
            }

            reject($"the file '{path}' is empty");
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reject($"the file '{path}' cannot be read: {Reason(exception)}");
        }

        return null;
    }

    private static string Reason(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        UnauthorizedAccessException => "it is a folder, or this user may not read it",
        _ => exception.GetType().Name,
    };
}
