using System.Net;
using System.Net.Sockets;
using Gateway.Integration.Tests.Survival;
using Gateway.Integration.Tests.Telemetry;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.Webhooks.Sending;

/// <summary>
/// What is meant for browsers gets nothing of ours to see: no RPC, no spans, no key of the command line, no webhook, and not the password
/// of the broker. (docs/faults.md: F4)
/// </summary>
public sealed class When_the_environment_names_a_proxy(TestServers servers)
{
    private static readonly string[] Variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_speak_to_no_server_through_it()
    {
        await using var proxy = new CountingListener();
        await using var rpc = new CountingListener();
        await using var collector = await OtlpReceiver.StartAsync();
        var folder = Directory.CreateTempSubdirectory("gateway-proxy-");
        var proxies = VariablesFor(proxy);
        try
        {
            await using var worker = await WorkerProcess.StartAsync(
            [
                .. proxies,
                .. collector.Settings,
                new("GATEWAY_MODE", "embedded"),
                new("OPS_URL", "http://127.0.0.1:0"),
                new("DB_FILE", Path.Combine(folder.FullName, "gateway.db")),
                new("BSC_NETWORK", "mainnet"),
                new("BSC_WALLET_ADDRESS", "0x55d398326f99059fF775485246999027B3197955"),
                new("BSC_RPC_URL", $"http://127.0.0.1:{rpc.Port}"),
            ]);
            var url = await worker.Address;
            using var api = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = url };
            using var asked = await api.PostAsync("/api/jobs/check-wallet-balances", content: null, Cancellation);
            asked.EnsureSuccessStatusCode();
            await Eventually.Read(() => Task.FromResult(rpc.Accepted), count => count > 0, "the RPC server is asked");
            await Eventually.Read(() => Task.FromResult(collector.Requests.Count), count => count > 0, "the collector is told");

            var command = await WorkerCommand.RunAsync(
                "queues",
                [.. proxies.Select(variable => (variable.Key, variable.Value)), ("OPS_URL", url.ToString()), ("OPS_API_KEY", "canary")]);

            Assert.True(command.ExitCode == 0, command.Output + command.Errors);
            Assert.Equal(0, proxy.Accepted);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Should_tell_it_neither_the_password_of_the_broker_nor_a_webhook()
    {
        await using var proxy = new CountingListener();
        await using var gateway = await Deployment.CreateAsync(servers);
        gateway.Settings["RABBITMQ_MANAGEMENT_URL"] = gateway.ManagementUrl.ToString();
        // So that the guard would let a webhook go there.
        gateway.Settings["WEBHOOK_ALLOWED_PORTS"] += FormattableString.Invariant($",{proxy.Port}");
        var worker = await gateway.StartWorkerAsync([.. VariablesFor(proxy).Select(variable => (variable.Key, variable.Value))]);
        using var api = await gateway.OpenApiAsync(worker);

        // The management API alone tells of alarms.
        var (isTold, _) = await Eventually.Read(
            async () => (IsTold: (await api.GetStringAsync("/metrics", Cancellation)).Contains("gateway_broker_alarms", StringComparison.Ordinal),
                proxy.Accepted),
            answer => answer is { IsTold: true } or { Accepted: > 0 },
            "The management API is asked");
        await gateway.Publisher.PublishAsync(1, Cancellation);
        await gateway.WaitUntilEndedAsync(1);

        Assert.Equal((true, 1, 0), (isTold, gateway.Merchant.Received.Value, proxy.Accepted));
    }

    private static KeyValuePair<string, string>[] VariablesFor(CountingListener proxy) =>
    [
        .. Variables.Select(name => KeyValuePair.Create(name, $"http://127.0.0.1:{proxy.Port}")),
        new("NO_PROXY", ""),
        new("no_proxy", ""),
    ];

    /// <summary>Takes connections, says nothing and closes them.</summary>
    private sealed class CountingListener : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _accepting;
        private int _accepted;

        public CountingListener()
        {
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Accepted => Volatile.Read(ref _accepted);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var connection = await _listener.AcceptSocketAsync(_stop.Token);
                    Interlocked.Increment(ref _accepted);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The test is over.
            }
        }
    }
}
