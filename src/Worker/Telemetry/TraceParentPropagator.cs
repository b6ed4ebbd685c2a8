using System.Diagnostics;

namespace Gateway.Worker.Telemetry;

/// <summary>
/// Tells a merchant the trace and nothing more (<c>traceparent</c>, W3C Trace Context); or nothing, while the request still has its span.
/// Baggage and <c>tracestate</c> are the gateway's own affair.
/// </summary>
public sealed class TraceParentPropagator(bool isTold) : DistributedContextPropagator
{
    private const string TraceParent = "traceparent";

    /// <inheritdoc/>
    public override IReadOnlyCollection<string> Fields { get; } = isTold ? [TraceParent] : [];

    /// <inheritdoc/>
    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (isTold && activity is { IdFormat: ActivityIdFormat.W3C, Id: { } id })
        {
            setter?.Invoke(carrier, TraceParent, id);
        }
    }

    /// <inheritdoc/>
    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        (traceId, traceState) = (null, null);

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
