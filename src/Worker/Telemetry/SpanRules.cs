using System.Diagnostics;
using OpenTelemetry;

namespace Gateway.Worker.Telemetry;

/// <summary>
/// What spans may say before they leave. The addresses of merchants and of RPC servers carry keys in their paths and queries: of a
/// request only the server is told. Names of the bus that OpenTelemetry has since changed are told under the new ones.
/// </summary>
internal sealed class SpanRules : BaseProcessor<Activity>
{
    public override void OnEnd(Activity span)
    {
        switch (span.Source.Name)
        {
            case "System.Net.Http":
                ShortenUrl(span);
                break;
            case "Microsoft.AspNetCore":
                span.SetTag("url.query", null);
                break;
            case "Npgsql":
                // A statement of no job, such as a look whether the outbox holds something, would be a trace every second.
                if (span.Parent is null && !span.HasRemoteParent)
                {
                    span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                }

                break;
            case "MassTransit":
                NameAsNow(span);
                break;
        }
    }

    private static void ShortenUrl(Activity span)
    {
        if (span.GetTagItem("url.full") is string text && Uri.TryCreate(text, UriKind.Absolute, out var url))
        {
            span.SetTag("url.full", url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) + "/");
        }
    }

    private static void NameAsNow(Activity span)
    {
        span.SetTag("messaging.operation.type", span.GetTagItem("messaging.operation"));
        if (span.GetTagItem("messaging.message.id") is null)
        {
            span.SetTag("messaging.message.id", span.GetTagItem("messaging.masstransit.message_id"));
        }

        if (span.GetTagItem("messaging.system") is null && span.Kind == ActivityKind.Consumer)
        {
            span.SetTag("messaging.system", "rabbitmq");
        }
    }
}
