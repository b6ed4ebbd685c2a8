using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Persistence.Waiting;
using Gateway.Testing;
using Gateway.Testing.Merchants;
using Gateway.Testing.Servers;
using Gateway.Testing.Workers;
using Gateway.Worker.Bus;
using Xunit;

namespace Gateway.Integration.Tests.Ops;

public sealed class When_an_operator_uses_the_API(When_an_operator_uses_the_API.Worker worker) : IClassFixture<When_an_operator_uses_the_API.Worker>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_publish_a_job_and_show_it_before_and_after_each_attempt()
    {
        var mayAnswer = new TaskCompletionSource();
        var merchant = (await worker.AddMerchant()).Answers(
            new MerchantAnswer(500) { Until = mayAnswer.Task, Body = "not now" }, new MerchantAnswer(200) { Body = "thanks" });

        using var answer = await Post(worker.Api, $$"""{"merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{"amount":1.10} }""");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var jobId = (await Json(answer)).GetProperty("job_id").GetGuid();
        Assert.Equal($"/api/jobs/{jobId}", answer.Headers.Location!.ToString());
        await merchant.WaitUntilReceivedAsync();
        var before = await Json(await worker.Api.GetAsync(answer.Headers.Location, Cancellation));
        Assert.Equal("queued", before.GetProperty("state").GetString());
        Assert.Equal(0, before.GetProperty("attempts").GetArrayLength());

        mayAnswer.SetResult();
        var after = await Eventually.Read(
            async () => await Json(await worker.Api.GetAsync(answer.Headers.Location, Cancellation)),
            job => job.GetProperty("state").GetString() == "succeeded",
            "the API shows the success");
        Assert.Equal(merchant.Id, after.GetProperty("merchant_id").GetString());
        Assert.Equal("webhook:delivery", after.GetProperty("job_type").GetString());
        Assert.Equal(2, after.GetProperty("attempts_made").GetInt32());
        var attempts = after.GetProperty("attempts").EnumerateArray().ToArray();
        Assert.Equal(["retrying", "succeeded"], attempts.Select(a => a.GetProperty("state").GetString()));
        Assert.Equal(["not now", "thanks"], attempts.Select(a => a.GetProperty("detail").GetString()));
        Assert.Equal([500, 200], attempts.Select(a => a.GetProperty("status_code").GetInt32()));
    }

    [Fact]
    public async Task Should_deliver_once_what_is_posted_twice_under_one_id()
    {
        var merchant = await worker.AddMerchant();
        var id = Guid.CreateVersion7();
        var body = $$"""{"delivery_id":"{{id}}","merchant_id":"{{merchant.Id}}","event":"payment.completed","payload":{} }""";

        using var first = await Post(worker.Api, body);
        await Eventually.Read(() => worker.Runs(id), runs => runs.Any(r => r.Attempt == 1), "it is delivered");
        using var second = await Post(worker.Api, body);

        await Eventually.Read(() => worker.Runs(id), runs => runs.Any(r => r.Reason == "already_delivered"), "the second one is skipped");
        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Single(merchant.Received);
    }

    [Fact]
    public async Task Should_find_jobs_by_merchant_state_and_time()
    {
        var merchant = (await worker.AddMerchant()).Answers(200, 410);
        var delivered = (await worker.Publish(merchant)).DeliveryId;
        var deliveredAt = (await worker.WaitUntilEndedAsync(delivered))[0].StartedAt;
        var dead = (await worker.Publish(merchant, "payout.completed")).DeliveryId;
        var deadAt = (await worker.WaitUntilEndedAsync(dead))[0].StartedAt;
        var between = (deliveredAt + (deadAt - deliveredAt) / 2).ToString("O", CultureInfo.InvariantCulture);

        Assert.Equal([dead, delivered], await List($"merchant_id={merchant.Id}"));
        Assert.Equal([dead], await List($"merchant_id={merchant.Id}&state=dead"));
        Assert.Equal([delivered], await List($"merchant_id={merchant.Id}&state=SUCCEEDED"));
        Assert.Empty(await List($"merchant_id={merchant.Id}&state=skipped"));
        Assert.Equal([dead], await List($"merchant_id={merchant.Id}&from={between}"));
        Assert.Equal([delivered], await List($"merchant_id={merchant.Id}&to={between}"));
        Assert.Equal([dead], await List($"merchant_id={merchant.Id}&event=payout.completed"));
        Assert.Equal([dead, delivered], await List($"merchant_id={merchant.Id}&type=webhook:delivery&queue=webhooks"));
        Assert.Empty(await List($"merchant_id={merchant.Id}&queue=reports"));
    }

    [Fact]
    public async Task Should_show_a_webhook_that_was_put_aside_before_its_first_attempt()
    {
        var merchant = await worker.AddMerchant();
        var (id, now) = (Guid.CreateVersion7(), new DateTime(2026, 1, 31, 8, 0, 0, DateTimeKind.Utc));
        await worker.Write(db => db.Add(new WaitingWebhook
        {
            DeliveryId = id,
            MerchantId = merchant.Key,
            DueAt = now.AddYears(100),
            WaitsSince = now.AddSeconds(1),
            EnqueuedAt = now,
            Attempt = 1,
            Reason = WaitReason.NoRoom,
            Event = "payment.completed",
            Message = [.. "{}"u8],
        }));

        var job = await Json(await worker.ViewersApi.GetAsync($"/api/jobs/{id}", Cancellation));

        Assert.Equal(
            ("queued", merchant.Id, "payment.completed", 0, now),
            (job.GetProperty("state").GetString(), job.GetProperty("merchant_id").GetString(), job.GetProperty("event").GetString(), job.GetProperty("attempts_made").GetInt32(),
                job.GetProperty("last_at").GetDateTime()));
        Assert.Equal(
            """{"due_at":"2126-01-31T08:00:00Z","reason":"no_room","attempt":1,"round":0,"since":"2026-01-31T08:00:01Z","on_the_road":false}""",
            job.GetProperty("waiting").GetRawText());
    }

    [Fact]
    public async Task Should_page_through_jobs_without_missing_or_repeating_one()
    {
        var merchant = await worker.AddMerchant();
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            ids.Insert(0, (await worker.Publish(merchant)).DeliveryId);
            await worker.WaitUntilEndedAsync(ids[0]);
        }

        var found = new List<Guid>();
        var pages = 0;
        for (string? cursor = ""; cursor is not null; pages++)
        {
            var page = await Json(await worker.ViewersApi.GetAsync($"/api/jobs?merchant_id={merchant.Id}&limit=2{cursor}", Cancellation));
            found.AddRange(page.GetProperty("jobs").EnumerateArray().Select(j => j.GetProperty("job_id").GetGuid()));
            cursor = page.TryGetProperty("cursor", out var next) ? $"&cursor={Uri.EscapeDataString(next.GetString()!)}" : null;
        }

        Assert.Equal(ids, found);
        Assert.Equal(3, pages);
    }

    [Fact]
    public async Task Should_not_say_that_a_job_is_published_when_no_queue_has_it()
    {
        await using var lonely = new Worker(worker.Servers);
        await lonely.InitializeAsync();
        await lonely.Broker.Unbind("Gateway.Contracts:DeliverWebhook", QueueNames.Webhooks);

        using var answer = await Post(lonely.Api, """{"merchant_id":"m","event":"e","payload":{}}""");

        Assert.Contains("no queue for webhooks", await Detail(answer, HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state=done", "state 'done' is not one of queued, succeeded, retrying, dead, skipped")]
    [InlineData("state=1", "state '1' is not one of")]
    [InlineData("cursor=xyz", "cursor is not one that this API gave")]
    [InlineData("limit=0", "limit '0' is not a number from 1 to 500")]
    [InlineData("limit=501", "limit '501' is not a number from 1 to 500")]
    [InlineData("limit=many", "limit 'many' is not a number from 1 to 500")]
    [InlineData("from=yesterday", "from 'yesterday' is not a time such as")]
    [InlineData("to=31.31.2026", "to '31.31.2026' is not a time such as")]
    [InlineData("state=done&limit=0", "; limit '0'")]
    [InlineData("from=2026-01-31T08:00Z&to=2026-01-31T07:00Z", "from '2026-01-31T08:00Z' is after to '2026-01-31T07:00Z'")]
    public async Task Should_say_what_is_wrong_with_a_filter(string query, string complaint)
    {
        using var answer = await worker.Api.GetAsync($"/api/jobs?{query}", Cancellation);

        Assert.Contains(complaint, await Detail(answer, HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jobs")]
    [InlineData("dead-letters")]
    [InlineData("waiting")]
    [InlineData("operator-actions")]
    public async Task Should_say_of_every_list_that_its_times_are_the_wrong_way_round(string list)
    {
        using var answer = await worker.Api.GetAsync($"/api/{list}?from=9999-12-31T23:59:59Z&to=0001-01-01T00:00:00Z", Cancellation);
        using var widest = await worker.Api.GetAsync($"/api/{list}?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.9999999Z", Cancellation);

        Assert.Contains("is after to '0001-01-01T00:00:00Z'", await Detail(answer, HttpStatusCode.BadRequest), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, widest.StatusCode);
    }

    [Theory]
    [InlineData("jobs", "")]
    [InlineData("jobs", "webhook")]
    [InlineData("dead-letters", "webhook")]
    public async Task Should_name_the_queues_that_there_are(string list, string queue)
    {
        using var answer = await worker.Api.GetAsync($"/api/{list}?queue={queue}", Cancellation);

        Assert.Contains($"There is no queue '{queue}'. The queues are webhooks, ", await Detail(answer, HttpStatusCode.NotFound), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amount_vnd = 'NaN', fee_vnd = 'NaN', amount_crypto = 'NaN'", "amount_vnd", "amount_crypto", "fee_vnd")]
    [InlineData("created_at = '0044-03-15 BC', expires_at = 'infinity'", "created_at", "expires_at")]
    [InlineData("paid_at = '-infinity', confirmed_at = '12026-01-31'", "paid_at", "confirmed_at")]
    public async Task Should_show_a_payment_without_what_cannot_be_read_of_it(string fault, params string[] unreadable)
    {
        var (merchant, id) = (await worker.AddMerchant(), Guid.CreateVersion7());
        await worker.Database.ExecuteAsync(
            $"""
            insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, status, payment_reference,
                destination_wallet, expires_at, paid_at, confirmed_at, fee_vnd, created_at, updated_at)
            select '{id}', '{merchant.Id}', 650000, 25, 'USDT', 'bsc', 26000, 'completed', '{id}', 'w', at, at, at, 6500, at, at
            from (select timestamp '2026-01-31 08:00:00' as at) as instant
            """);
        await worker.Database.ExecuteAsync($"update payments set {fault} where id = '{id}'");

        var payment = await Json(await worker.ViewersApi.GetAsync($"/api/payments/{id}", Cancellation));

        Assert.Equal(unreadable, payment.GetProperty("unreadable").EnumerateArray().Select(column => column.GetString()));
        string[] all = ["amount_vnd", "amount_crypto", "fee_vnd", "created_at", "expires_at", "paid_at", "confirmed_at"];
        Assert.All(all, column => Assert.Equal(!unreadable.Contains(column), payment.TryGetProperty(column, out _)));
    }

    [Fact]
    public async Task Should_say_what_is_wrong_with_an_id()
    {
        var unknown = Guid.CreateVersion7();
        using var noId = await worker.Api.GetAsync("/api/jobs/17", Cancellation);
        using var noJob = await worker.Api.GetAsync($"/api/jobs/{unknown}", Cancellation);

        Assert.Equal("'17' is not a UUID.", await Detail(noId, HttpStatusCode.BadRequest));
        Assert.Contains($"No attempt of job {unknown} is recorded", await Detail(noJob, HttpStatusCode.NotFound), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"event":"e","payload":{}}""", "merchant_id", "merchant_id is missing")]
    [InlineData("""{"merchant_id":" ","event":"e","payload":{}}""", "merchant_id", "merchant_id is missing")]
    [InlineData("""{"merchant_id":"m","payload":{}}""", "event", "event must have 1 to 255 characters")]
    [InlineData("""{"merchant_id":"m","event":"e"}""", "payload", "payload is missing")]
    [InlineData("""{"merchant_id":"m","event":"e","payload":[]}""", "payload", "payload is a JSON array")]
    [InlineData("""{"merchant_id":"m","event":"e","payload":null}""", "payload", "payload is null")]
    [InlineData("""{"delivery_id":"00000000-0000-0000-0000-000000000000","merchant_id":"m","event":"e","payload":{}}""", "delivery_id", "delivery_id is all zeros")]
    public async Task Should_say_which_field_of_a_body_is_wrong(string body, string field, string complaint)
    {
        using var answer = await Post(worker.Api, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var errors = (await Json(answer)).GetProperty("errors").GetProperty(field);
        Assert.Contains(complaint, errors[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "application/json", HttpStatusCode.BadRequest, "JSON")]
    [InlineData("", "application/json", HttpStatusCode.BadRequest, "The body is missing")]
    [InlineData("""{"delivery_id":"17","merchant_id":"m","event":"e","payload":{}}""", "application/json", HttpStatusCode.BadRequest, "delivery_id")]
    [InlineData("""{"merchant_id":17,"event":"e","payload":{}}""", "application/json", HttpStatusCode.BadRequest, "merchant_id")]
    [InlineData("merchant_id=m", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType, "application/json")]
    public async Task Should_say_why_a_body_cannot_be_read(string body, string contentType, HttpStatusCode status, string named)
    {
        using var answer = await worker.Api.PostAsync("/api/jobs/webhooks", new StringContent(body, Encoding.UTF8, contentType), Cancellation);

        Assert.Contains(named, await Detail(answer, status), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/job", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/jobs", HttpStatusCode.MethodNotAllowed)]
    public async Task Should_point_to_the_routes_that_there_are(string method, string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await worker.Api.SendAsync(request, Cancellation);

        Assert.Contains("/openapi/v1.json", await Detail(answer, status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_ask_for_a_key()
    {
        using var reading = await worker.StrangersApi.GetAsync("/api/jobs", Cancellation);
        using var writing = await Post(worker.StrangersApi, """{"merchant_id":"m","event":"e","payload":{}}""");
        using var wrongKey = new HttpRequestMessage(HttpMethod.Get, "/api/jobs") { Headers = { { "Authorization", "Bearer guess" } } };
        using var guessing = await worker.StrangersApi.SendAsync(wrongKey, Cancellation);

        foreach (var answer in new[] { reading, writing, guessing })
        {
            Assert.Contains("OPS_API_KEYS", await Detail(answer, HttpStatusCode.Unauthorized), StringComparison.Ordinal);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        }
    }

    [Fact]
    public async Task Should_let_a_viewer_look_and_change_nothing()
    {
        var merchant = await worker.AddMerchant();

        using var reading = await worker.ViewersApi.GetAsync($"/api/jobs?merchant_id={merchant.Id}", Cancellation);
        using var writing = await Post(worker.ViewersApi, $$"""{"merchant_id":"{{merchant.Id}}","event":"e","payload":{} }""");

        Assert.Equal(HttpStatusCode.OK, reading.StatusCode);
        Assert.Contains("viewer", await Detail(writing, HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.Empty(await List($"merchant_id={merchant.Id}"));
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    public async Task Should_answer_probes_without_a_key(string path)
    {
        using var answer = await worker.StrangersApi.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("healthy", (await Json(answer)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Should_describe_itself()
    {
        var document = await worker.ViewersApi.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancellation);

        var paths = document.GetProperty("paths");
        Assert.True(paths.GetProperty("/api/jobs/webhooks").TryGetProperty("post", out var publish));
        Assert.True(publish.GetProperty("responses").TryGetProperty("202", out _));
        Assert.True(paths.TryGetProperty("/api/jobs/{id}", out _));
        Assert.True(paths.TryGetProperty("/api/jobs", out _));
    }

    private static Task<HttpResponseMessage> Post(HttpClient api, string body) =>
        api.PostAsync("/api/jobs/webhooks", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

    private static async Task<JsonElement> Json(HttpResponseMessage answer) =>
        await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

    private static async Task<string> Detail(HttpResponseMessage answer, HttpStatusCode expected)
    {
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await Json(answer);
        Assert.True(problem.TryGetProperty("detail", out var detail), $"no detail in {problem}");
        return detail.GetString()!;
    }

    private async Task<Guid[]> List(string query)
    {
        var page = await worker.ViewersApi.GetFromJsonAsync<JsonElement>($"/api/jobs?{query}", Cancellation);
        return [.. page.GetProperty("jobs").EnumerateArray().Select(j => j.GetProperty("job_id").GetGuid())];
    }

    public sealed class Worker(TestServers servers) : TestWorker(servers);
}
