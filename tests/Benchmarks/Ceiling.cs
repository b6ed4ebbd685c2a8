namespace Gateway.Benchmarks;

/// <summary>POSTs by a bare <see cref="SocketsHttpHandler"/> from a loop: no queue, no record. No worker on .NET can be faster.</summary>
internal static class Ceiling
{
    public static async Task RunAsync(bool isSigned, CancellationToken cancellationToken)
    {
        var merchant = BenchmarkEnvironment.Merchant;
        var concurrency = BenchmarkEnvironment.Concurrency;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = concurrency,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        });

        await PostAsync(BenchmarkEnvironment.WarmUp);

        var cpu = Environment.CpuUsage.TotalTime;
        var start = TimeProvider.System.GetTimestamp();
        var failed = await PostAsync(BenchmarkEnvironment.Count);
        new Result
        {
            Peer = isSigned ? ".NET HTTP ceiling, signed" : ".NET HTTP ceiling",
            Merchant = merchant.AbsolutePath[1..],
            Concurrency = concurrency,
            Count = BenchmarkEnvironment.Count,
            Seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds,
            Failed = failed,
        }.Print();

        async Task<int> PostAsync(int count)
        {
            var left = count;
            var failures = 0;
            await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    using var request = WebhookSample.ToRequest(merchant);
                    if (isSigned)
                    {
                        WebhookSample.Sign(request);
                    }

                    using var answer = await client.SendAsync(request, cancellationToken);
                    if (!answer.IsSuccessStatusCode)
                    {
                        Interlocked.Increment(ref failures);
                    }
                }
            }));
            return failures;
        }
    }
}
