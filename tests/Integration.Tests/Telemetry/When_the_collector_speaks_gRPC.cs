using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

[Collection(HearsTheWholeProcess.Name)]
public sealed class When_the_collector_speaks_gRPC(TestServers servers)
{
    [Fact]
    public async Task Should_get_the_span_of_an_attempt()
    {
        await using var collector = await OtlpReceiver.StartAsync(HttpProtocols.Http2);
        await using var worker = new Worker(servers, collector.Address);
        await worker.InitializeAsync();
        var merchant = (await worker.AddMerchant()).Answers(204);

        var delivery = await worker.Publish(merchant);

        var span = await Eventually.Read(
            () => Task.FromResult(collector.Spans.SingleOrDefault(s => s["gateway.delivery.id"] == delivery.DeliveryId.ToString())),
            span => span is not null,
            "the span of the attempt");
        Assert.Equal("succeeded", span!["gateway.job.outcome"]);
    }

    private sealed class Worker(TestServers servers, Uri collector) : TestWorker(
        servers, ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.ToString()), ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_BSP_SCHEDULE_DELAY", "200"));
}
