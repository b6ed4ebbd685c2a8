namespace Gateway.Integration.Tests.Sagas;

/// <summary>Where the Redis server of these tests is.</summary>
public static class RedisAddress
{
    private const string Variable = "TEST_REDIS";

    public static string Value =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } address
            ? address
            : throw new InvalidOperationException(
                $"These tests need a Redis server: set {Variable} to its host:port, such as 127.0.0.1:6379.");
}
