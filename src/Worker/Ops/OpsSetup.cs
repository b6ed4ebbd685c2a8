using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Worker.Configuration;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.Bulk;
using Gateway.Worker.Ops.DeadLetters;
using Gateway.Worker.Ops.Figures;
using Gateway.Worker.Ops.Health;
using Gateway.Worker.Ops.Jobs;
using Gateway.Worker.Ops.Merchants;
using Gateway.Worker.Ops.Outbox;
using Gateway.Worker.Ops.Overview;
using Gateway.Worker.Ops.Payments;
using Gateway.Worker.Ops.Queues;
using Gateway.Worker.Ops.Schedules;
using Gateway.Worker.Ops.Search;
using Gateway.Worker.Ops.Settlement;
using Gateway.Worker.Ops.Waiting;
using Gateway.Worker.Ops.Wallets;
using Gateway.Worker.Ops.Webhooks;
using Gateway.Worker.Ops.Workers;
using Gateway.Worker.Telemetry;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.OpenApi;
using IPNetwork = System.Net.IPNetwork;

namespace Gateway.Worker.Ops;

/// <summary>The HTTP API: JSON in snake_case, errors as problem details (RFC 9457).</summary>
public static class OpsSetup
{
    /// <summary>Where Prometheus scrapes.</summary>
    public const string MetricsPath = "/metrics";

    /// <summary>Adds what the API needs.</summary>
    public static IServiceCollection AddOps(this IServiceCollection services, OpsOptions options, bool takesVisits)
    {
        services.AddSingleton(options);
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
            context.ProblemDetails.Detail ??= DetailOf(context.ProblemDetails.Status));
        // Else a body that cannot be read is answered with its status alone, and nobody learns which field was wrong.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddExceptionHandler<UnreadableRequests>();
        services.AddExceptionHandler<ServersAway>();
        // The description would say nothing of a type that is read by a converter of ours.
        services.AddOpenApi(description => description.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(string))
            {
                var isNullable = context.JsonPropertyInfo is { IsSetNullable: true } or { IsGetNullable: true };
                schema.Type = JsonSchemaType.String | (isNullable ? JsonSchemaType.Null : 0);
            }

            // Every amount is text, so that no reader rounds it.
            if (Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) is var inner
                && (inner ?? context.JsonTypeInfo.Type) == typeof(decimal))
            {
                schema.Type = JsonSchemaType.String | (inner is null ? 0 : JsonSchemaType.Null);
            }

            if (context.JsonTypeInfo.Type == typeof(string[]))
            {
                schema.Items ??= new OpenApiSchema { Type = JsonSchemaType.String };
            }

            return Task.CompletedTask;
        }));
        services.AddAccess(options, takesVisits);
        services.AddHealth();
        services.AddUseCases();
        services.AddSingleton<QueueFigures>();
        services.AddSingleton<FigureReport>();
        services.AddSingleton<Finder>();
        services.AddHostedService<QueueMetrics>();
        services.AddHostedService<DeadLetterMetrics>();
        services.AddSingleton<WaitingCounts>();
        services.AddSingleton<DeadLetterCounts>();
        services.AddHostedService<WaitingMetrics>();
        if (options.Mode == GatewayMode.Full)
        {
            services.AddSingleton<BrokerQueues>();
        }

        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.SerializerOptions.Converters.Add(new TextWithoutNul());
        });
        return services;
    }

    /// <summary>Maps every route.</summary>
    public static void MapOps(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseForwardedAddresses(app.Services.GetRequiredService<OpsOptions>().TrustedProxies);
        app.UseMiddleware<OwnSiteCheck>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<NulCheck>();
        app.UseMiddleware<OperatorTrail>();
        app.MapOpenApi().ForViewers();
        app.MapHealth();
        app.MapMetrics();
        app.MapJobs();
        app.MapSchedules();
        app.MapOutbox();
        app.MapSettlementReports();
        app.MapWorkers();
        app.MapPayments();
        app.MapWallets();
        app.MapQueues();
        app.MapFigures();
        app.MapSearch();
        app.MapWaiting();
        app.MapDeadLetters();
        app.MapRecovery();
        app.MapBulk();
        app.MapEndpoints();
        app.MapOperatorActions();
    }

    /// <summary>Adds what the routes of the API and the pages have done.</summary>
    private static void AddUseCases(this IServiceCollection services) => services
        .AddSingleton<OperatorActions>()
        .AddSingleton<ActionSearch>()
        .AddSingleton<JobPublisher>()
        .AddSingleton<JobSearch>()
        .AddSingleton<JobLookup>()
        .AddSingleton<JobContents>()
        .AddSingleton<DeadLetterGroups>()
        .AddSingleton<MerchantNames>()
        .AddSingleton<MoneyTroubles>()
        .AddSingleton<OverviewReport>()
        .AddSingleton<JobsByHand>()
        .AddSingleton<WebhookPublishing>()
        .AddSingleton<WaitingByMerchant>()
        .AddSingleton<WaitingSearch>()
        .AddSingleton<WaitingRelease>()
        .AddSingleton<WaitingCancellation>()
        .AddSingleton<DeadLetterSearch>()
        .AddSingleton<DeadLetterRequeue>()
        .AddSingleton<DeadLetterDrop>()
        .AddSingleton<BulkOrders>()
        .AddSingleton<EndpointSearch>()
        .AddSingleton<EndpointControl>()
        .AddSingleton<WebhookRedelivery>()
        .AddSingleton<WebhookRecovery>()
        .AddSingleton<LostWebhookRecovery>()
        .AddSingleton<QueueControl>()
        .AddSingleton<ScheduleOverview>()
        .AddSingleton<ScheduleRuns>()
        .AddSingleton<SettlementSearch>()
        .AddSingleton<WorkerOverview>()
        .AddSingleton<PaymentLookup>()
        .AddSingleton<WalletOverview>()
        .AddSingleton<OutboxOverview>();

    private static void MapMetrics(this WebApplication app)
    {
        var metrics = app.MapPrometheusScrapingEndpoint(MetricsPath);
        if (app.Services.GetRequiredService<MetricsOptions>().IsOpen)
        {
            metrics.AllowAnonymous();
        }
        else
        {
            metrics.ForViewers();
        }
    }

    // From the last proxy back, as long as the next one is trusted too: what a stranger writes into the header is not believed.
    private static void UseForwardedAddresses(this WebApplication app, IReadOnlyList<IPNetwork> proxies)
    {
        if (proxies.Count == 0)
        {
            return;
        }

        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            forwarded.KnownIPNetworks.Add(proxy);
        }

        app.UseForwardedHeaders(forwarded);
    }

    // What the router answers by itself has a status and no word of help.
    private static string? DetailOf(int? status) => status switch
    {
        StatusCodes.Status404NotFound => "There is no such route; /openapi/v1.json lists them.",
        StatusCodes.Status405MethodNotAllowed => "The route does not know this method; /openapi/v1.json lists the routes.",
        StatusCodes.Status415UnsupportedMediaType => "Send JSON with the content type application/json.",
        _ => null,
    };
}
