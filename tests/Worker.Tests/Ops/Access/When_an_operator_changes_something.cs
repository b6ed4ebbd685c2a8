using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Gateway.Persistence;
using Gateway.Persistence.Operations;
using Gateway.Testing.Workers;
using Gateway.Worker.Hosting;
using Gateway.Worker.Ops;
using Gateway.Worker.Ops.Access;
using Gateway.Worker.Ops.DeadLetters;
using Gateway.Worker.Ops.Queues;
using Gateway.Worker.Ops.Schedules;
using Gateway.Worker.Ops.Waiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Worker.Tests.Ops.Access;

/// <summary>The trail has the same row whether a change was asked for over the API or on a page.</summary>
[Collection("Scraped")]
public sealed class When_an_operator_changes_something
{
    private const string Key = "change";

    private static readonly Caller Ann = new("ann", MayChange: true, "127.0.0.1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_name_every_change_by_its_route()
    {
        await using var worker = await EmbeddedWorker.StartAsync();

        var changes = worker.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Select(method => $"{method} {route.RoutePattern.RawText}"))
            .Where(action => !action.StartsWith("GET ", StringComparison.Ordinal) && action != "POST /api/jobs/webhooks");

        var named = Change.All.Select(change => change.Action).Concat(GatewayJobs.All.Select(job => $"POST /api/jobs/{job.Verb}"));
        Assert.Equal(changes.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Should_write_the_same_row_for_a_page_as_for_the_API()
    {
        await using var worker = await StartAsync();
        var (queues, schedules, waiting, letters) = (
            worker.Services.GetRequiredService<QueueControl>(), worker.Services.GetRequiredService<ScheduleRuns>(),
            worker.Services.GetRequiredService<WaitingRelease>(), worker.Services.GetRequiredService<DeadLetterRequeue>());

        await SameAsync(worker, Change.PauseQueue.Request("webhooks"), null, (by, stop) => queues.PauseAsync("webhooks", by, stop));
        await SameAsync(worker, Change.PauseQueue.Request("none such"), null, (by, stop) => queues.PauseAsync("none such", by, stop));
        await SameAsync(worker, Change.PurgeQueue.Request("webhooks"), null, (_, stop) => queues.PurgeAsync("webhooks", stop));
        await SameAsync(worker, Change.RunSchedule.Request("payment-expiry"), null, (_, stop) => schedules.RunAsync("payment-expiry", stop));
        await SameAsync(worker, Change.RequeueDeadLetter.Request("x"), null, (by, stop) => letters.RequeueOneAsync("x", by, stop));
        await SameAsync(
            worker, Change.ReleaseWaiting.Request(), """{"all":true,"dry_run":true}""", (_, stop) => waiting.CountAsync(new(), stop));
        await SameAsync(worker, Change.ReleaseWaiting.Request(), """{"all":true}""", (_, stop) => waiting.ReleaseAsync(new(), stop));

        var rows = await RowsAsync(worker);
        Assert.Equal(
            [200, 404, 409, 202, 400, 200, 200], rows.Where((_, i) => i % 2 == 0).Select(row => row.StatusCode));
        Assert.Equal(("POST /api/queues/{queue}/pause", "/api/queues/none%20such/pause"), (rows[3].Action, rows[3].Target));
        Assert.Equal("released 0, 0 on the road, 0 of disabled endpoints, 0 holds ended", rows[^1].Outcome);
    }

    [Fact]
    public async Task Should_refuse_a_viewers_change_on_a_page_and_write_nothing()
    {
        await using var worker = await StartAsync();
        var made = false;

        var result = await worker.Services.GetRequiredService<OperatorActions>().RunAsync(
            Ann with { MayChange = false },
            Change.PauseQueue.Request("webhooks"),
            _ =>
            {
                made = true;
                return Task.FromResult<Result<Unit>>(default(Unit));
            },
            Cancellation);

        Assert.Equal((RefusalKind.Forbidden, false), (result.Refusal?.Kind, made));
        Assert.Empty(await RowsAsync(worker));
    }

    [Fact]
    public async Task Should_make_no_change_that_cannot_be_written_down()
    {
        await using var worker = await StartAsync();
        await using (var db = await ContextAsync(worker))
        {
            await db.Database.ExecuteSqlAsync($"alter table operator_actions rename to elsewhere", Cancellation);
        }

        var made = false;
        var result = await worker.Services.GetRequiredService<OperatorActions>().RunAsync(
            Ann,
            Change.PauseQueue.Request("webhooks"),
            _ =>
            {
                made = true;
                return Task.FromResult<Result<Unit>>(default(Unit));
            },
            Cancellation);

        Assert.Equal(("Not done", false), (result.Refusal?.Title, made));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(worker, HttpMethod.Post, "/api/queues/webhooks/pause", body: null));
    }

    [Fact]
    public async Task Should_write_down_a_change_that_broke_off()
    {
        await using var worker = await StartAsync();
        var actions = worker.Services.GetRequiredService<OperatorActions>();

        Assert.Equal(HttpStatusCode.BadRequest, await AskAsync(worker, HttpMethod.Post, "/api/waiting/release", "{"));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => actions.RunAsync<Unit>(Ann, Change.ReleaseWaiting.Request(), _ => throw new InvalidOperationException(), Cancellation));

        Assert.Equal([400, 500], (await RowsAsync(worker)).Select(row => row.StatusCode));
    }

    private static Task<EmbeddedWorker> StartAsync() => EmbeddedWorker.StartAsync(
        ("OPS_API_KEYS", new ApiKey(Ann.Name, MayChange: true, SHA256.HashData(Encoding.UTF8.GetBytes(Key))).ToEntry()));

    // Over the API and as a page does it.
    private static async Task SameAsync<T>(
        EmbeddedWorker worker, RequestedChange change, string? body, Func<string, CancellationToken, Task<Result<T>>> make)
        where T : notnull
    {
        var before = (await RowsAsync(worker)).Count;
        await AskAsync(worker, new HttpMethod(change.Action.Split(' ')[0]), change.Target, body);
        await worker.Services.GetRequiredService<OperatorActions>().RunAsync(Ann, change, stop => make(Ann.Name, stop), Cancellation);

        var rows = (await RowsAsync(worker)).Skip(before).Select(row => (row.Operator, row.Address, row.Action, row.Target, row.StatusCode, row.Outcome)).ToList();
        Assert.Equal(2, rows.Count);
        Assert.Equal(rows[0], rows[1]);
    }

    private static async Task<HttpStatusCode> AskAsync(EmbeddedWorker worker, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await worker.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<List<OperatorAction>> RowsAsync(EmbeddedWorker worker)
    {
        await using var db = await ContextAsync(worker);
        return await db.OperatorActions.OrderBy(row => row.At).ToListAsync(Cancellation);
    }

    private static Task<GatewayDbContext> ContextAsync(EmbeddedWorker worker) =>
        worker.Services.GetRequiredService<IDbContextFactory<GatewayDbContext>>().CreateDbContextAsync(Cancellation);
}
