using System.Collections.Concurrent;
using Gateway.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Integration.Tests.Telemetry;

/// <summary>A collector: takes what workers send by OTLP, over HTTP with protobuf or over gRPC, and keeps it.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<byte[]> _requests = new();
    private readonly ConcurrentQueue<Span> _spans = new();
    private Figure[] _figures = [];

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>The environment of a worker that sends its spans here, soon after they end.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings =>
    [
        new("OTEL_EXPORTER_OTLP_ENDPOINT", Address.ToString()),
        new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        new("OTEL_BSP_SCHEDULE_DELAY", "200"),
        new("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
    ];

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Every span so far.</summary>
    public IReadOnlyList<Span> Spans => [.. _spans];

    /// <summary>The metrics as they were told last.</summary>
    public IReadOnlyList<Figure> Figures => Volatile.Read(ref _figures);

    /// <summary>Every request so far as it came: spans, and metrics too.</summary>
    public IReadOnlyList<byte[]> Requests => [.. _requests];

    /// <summary>Starts the collector.</summary>
    /// <param name="protocols">HTTP/1.1 for OTLP over HTTP; HTTP/2, which gRPC needs and which without TLS must be alone.</param>
    public static async Task<OtlpReceiver> StartAsync(HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));
        builder.Logging.ClearProviders();
        var receiver = new OtlpReceiver(builder.Build());
        receiver._app.MapPost("/v1/traces", async request => receiver.Keep(OtlpReader.Spans(await receiver.KeepAsync(request.Request))));
        receiver._app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", async request =>
        {
            // A gRPC message has five bytes before it, which tell its length, and so has the empty answer.
            receiver.Keep(OtlpReader.Spans((await receiver.KeepAsync(request.Request))[5..]));
            request.Response.ContentType = "application/grpc";
            await request.Response.Body.WriteAsync(new byte[5], request.RequestAborted);
            request.Response.AppendTrailer("grpc-status", "0");
        });
        receiver._app.MapPost(
            "/v1/metrics", async request => Volatile.Write(ref receiver._figures, [.. OtlpReader.Figures(await receiver.KeepAsync(request.Request))]));
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>The spans of a trace, as soon as they are as awaited.</summary>
    public Task<IReadOnlyList<Span>> WaitUntilTraceIsWholeAsync(string traceId, Func<IReadOnlyList<Span>, bool> isWhole) => Eventually.Read(
        () => Task.FromResult<IReadOnlyList<Span>>([.. _spans.Where(span => span.TraceId == traceId)]), isWhole, $"the spans of trace {traceId}");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Keep(IEnumerable<Span> spans)
    {
        foreach (var span in spans)
        {
            _spans.Enqueue(span);
        }
    }

    private async Task<byte[]> KeepAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        _requests.Enqueue(body.ToArray());
        return body.ToArray();
    }
}
