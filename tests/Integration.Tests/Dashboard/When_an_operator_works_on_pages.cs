using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_an_operator_works_on_pages(DashboardGateway gateway, Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_see_the_queues_and_pull_their_brake()
    {
        await using var visit = await SignInAsync();
        var queues = (await gateway.JsonAsync("/api/queues")).EnumerateArray().Select(queue => queue.GetProperty("queue").GetString()!).ToArray();
        Assert.Equal(queues, await visit.Page.Locator(".card h3").AllInnerTextsAsync());

        await visit.ClickAsync("Pause reports");
        await visit.ConfirmAsync("Pause");
        await visit.IsToldAsync("reports is paused.");
        Assert.True(await IsPausedAsync());
        await visit.Page.Locator(".card").Filter(new() { HasText = "Paused by" }).GetByText("ann").WaitForAsync();
        await gateway.HasTrailAsync("ann", "POST /api/queues/{queue}/pause", 200);

        await visit.ClickAsync("Resume reports");
        await visit.IsToldAsync("reports goes on.");
        Assert.False(await IsPausedAsync());
        await gateway.HasTrailAsync("ann", "POST /api/queues/{queue}/resume", 200);

        async Task<bool> IsPausedAsync() => (await gateway.JsonAsync("/api/queues")).EnumerateArray()
            .Single(queue => queue.GetProperty("queue").GetString() == "reports").GetProperty("paused").GetBoolean();
    }

    [Fact]
    public async Task Should_be_told_what_is_wrong_with_a_link()
    {
        await using var visit = await SignInAsync();
        var trouble = visit.Page.Locator(".trouble").Filter(new() { HasTextRegex = new Regex("dead letters? of webhooks needs? somebody") });
        await trouble.GetByRole(AriaRole.Link, new() { Name = "Dead letters" }).ClickAsync();

        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Dead letters" }).WaitForAsync();
        Assert.EndsWith("/dead-letters?queue=webhooks", visit.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_find_jobs_by_filters_that_are_in_the_address()
    {
        await using var visit = await SignInAsync();
        await visit.GoAsync("/jobs");
        await visit.Page.GetByLabel("State").SelectOptionAsync("succeeded");
        await visit.Page.GetByLabel("Type").SelectOptionAsync("webhook:delivery");
        await Eventually.Read(
            () => visit.Page.Locator("table.rows .state").AllInnerTextsAsync(),
            states => states.Count > 0 && states.All(state => state == "succeeded"),
            "those alone that succeeded");
        await visit.Row(gateway.Delivered.ToString()).WaitForAsync();

        Assert.Contains("state=succeeded", visit.Page.Url, StringComparison.Ordinal);
        Assert.Contains("<script>alert('name')</script> \u2426shop\u2426 \"& Söhne\"", await visit.Row(gateway.Delivered.ToString()).InnerTextAsync(), StringComparison.Ordinal);
        await visit.Page.GetByLabel("Until").FillAsync("yesterday");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.GetByRole(AriaRole.Alert).GetByText("to 'yesterday' is not a time").WaitForAsync();
        Assert.Equal(0, await visit.Page.Locator("p.empty").CountAsync());

        // All of a merchant's are sent again by what a recovery can be told, and never more than is shown.
        var all = visit.Page.GetByRole(AriaRole.Button, new() { Name = "Send all again" });
        var address = $"/jobs?state=dead&merchant_id={gateway.Waiter}";
        await visit.GoAsync(address);
        await all.WaitForAsync();
        foreach (var filter in new[] { "reference=P-1", "queue=webhooks", "type=webhook:delivery", "from=31.01.2026" })
        {
            await visit.GoAsync($"{address}&{filter}");
            Assert.Equal(0, await all.CountAsync());
        }
    }

    [Fact]
    public async Task Should_see_what_a_merchant_answered_and_send_a_webhook_again()
    {
        await using var visit = await SignInAsync();
        await visit.GoAsync($"/jobs/{gateway.Stays}");
        Assert.Equal("<img src=x onerror=alert('answer')> \u2401 \u2426end", await visit.ReadAsync(".excerpt"));
        Assert.Equal("failed", await visit.ReadAsync(".step .state"));
        Assert.Contains("retry after a failure", await visit.ReadAsync(".step-next"), StringComparison.Ordinal);

        var before = Attempts(await gateway.JsonAsync($"/api/jobs/{gateway.Delivered}"));
        await visit.GoAsync($"/jobs/{gateway.Delivered}");
        Assert.Contains("9007199254740993", await visit.ReadAsync(".payload"), StringComparison.Ordinal);
        await visit.ClickAsync("Send again");
        await visit.ConfirmAsync("Send again");
        await visit.IsToldAsync("The webhook is on its way again.");
        await Eventually.Read(() => gateway.JsonAsync($"/api/jobs/{gateway.Delivered}"), job => Attempts(job) > before, "another attempt");
        await gateway.HasTrailAsync("ann", "POST /api/webhooks/{id}/redeliver", 202);

        // What comes after it is attempt 1 again.
        var again = visit.Page.Locator(".step-again").Filter(new() { HasText = "asked for by an operator" });
        await again.First.WaitForAsync();
        var next = visit.Page.Locator(".step-again + .step:not(.step-again)").First;
        await next.WaitForAsync();
        Assert.StartsWith("Attempt 1", await next.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_send_a_webhook_again_from_its_row()
    {
        await using var visit = await SignInAsync();
        var before = Attempts(await gateway.JsonAsync($"/api/jobs/{gateway.Delivered}"));
        await visit.GoAsync("/jobs?state=succeeded&type=webhook:delivery");

        await visit.ClickAsync("Send again", visit.Row(gateway.Delivered.ToString()));
        await visit.ConfirmAsync("Send again");

        await visit.IsToldAsync("The webhook is on its way again.");
        await Eventually.Read(() => gateway.JsonAsync($"/api/jobs/{gateway.Delivered}"), job => Attempts(job) > before, "another attempt");
        // One that waits has its own way to be sent now.
        await visit.GoAsync("/jobs?state=retrying");
        var waiting = visit.Row(gateway.Stays.ToString());
        await waiting.WaitForAsync();
        Assert.Equal(0, await waiting.GetByRole(AriaRole.Button).CountAsync());
    }

    [Fact]
    public async Task Should_see_what_a_webhook_that_waits_says_and_be_led_to_its_trace()
    {
        await gateway.Gateway.ExecuteAsync(
            $$"""
            update waiting_webhooks set message = convert_to('{"payload":{"big":9007199254740993,"small":1.10},"attempt":2}', 'UTF8') where delivery_id = '{{gateway.Stays}}';
            update job_runs set trace_id = '0af7651916cd43dd8448eb211c80319c' where job_id = '{{gateway.Stays}}'
            """);
        await using var visit = await SignInAsync();
        await visit.GoAsync($"/jobs/{gateway.Stays}");

        Assert.Equal("""{"big":9007199254740993,"small":1.10}""", await visit.ReadAsync(".payload"));
        Assert.Contains(gateway.Stays.ToString(), await visit.ReadAsync(".headers"), StringComparison.Ordinal);
        var link = visit.Page.GetByRole(AriaRole.Link, new() { Name = "0af7651916cd43dd8448eb211c80319c" });
        Assert.Equal("http://127.0.0.1:16686/trace/0af7651916cd43dd8448eb211c80319c", await link.GetAttributeAsync("href"));

        await using var viewer = await browser.OpenSignedInAsync(gateway.Site, DashboardGateway.ViewersKey);
        await viewer.GoAsync($"/jobs/{gateway.Stays}");
        await viewer.Page.GetByText("What it said is shown to operators.").WaitForAsync();
        Assert.Equal(0, await viewer.Page.Locator(".payload, .headers").CountAsync());
    }

    [Fact]
    public async Task Should_release_and_cancel_what_waits()
    {
        await using var visit = await SignInAsync();
        await visit.GoAsync($"/waiting?merchant_id={gateway.Waiter}");
        Assert.Equal(await WaitingAsync(), await visit.Page.Locator("table.rows").Last.Locator("tbody tr").CountAsync());

        await visit.Row(gateway.Waits.ToString()).GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
        await visit.IsToldAsync("1 released: they are due now.");
        await gateway.Reach(gateway.Waits, "succeeded");
        await gateway.HasTrailAsync("ann", "POST /api/waiting/release", 200);

        // What the fields say now is no merchant's, so nothing is cancelled of the one that they named before.
        await visit.Page.GetByLabel("Merchant's id").FillAsync("nobody");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.GetByRole(AriaRole.Alert).GetByText("'nobody' is not a UUID").WaitForAsync();
        await visit.ClickAsync("Cancel all that match");
        await visit.GoAsync($"/waiting?merchant_id={gateway.Waiter}");
        Assert.Equal(2, await WaitingAsync());

        await visit.ClickAsync("Cancel all that match");
        await visit.Page.GetByRole(AriaRole.Dialog).GetByText("Cancel 2 webhooks?").WaitForAsync();
        await visit.ConfirmAsync("Cancel them");
        await visit.IsToldAsync("2 cancelled.");
        await Eventually.Read(WaitingAsync, count => count == 0, "nothing that waits");
        await gateway.HasTrailAsync("ann", "POST /api/waiting/cancel", 200);

        async Task<int> WaitingAsync() => (await gateway.JsonAsync($"/api/waiting?merchant_id={gateway.Waiter}")).GetProperty("waiting").GetArrayLength();
    }

    [Fact]
    public async Task Should_requeue_and_drop_dead_letters()
    {
        await using var visit = await SignInAsync();
        await visit.GoAsync("/dead-letters");
        Assert.Contains("\u2426shop\u2426", await visit.Page.Locator("table.rows").First.InnerTextAsync(), StringComparison.Ordinal);

        await visit.Row(gateway.Dead[0].ToString()).GetByRole(AriaRole.Button, new() { Name = "Requeue" }).ClickAsync();
        await visit.IsToldAsync("The dead letter is being requeued.");
        await gateway.Reach(gateway.Dead[0], "succeeded");
        await gateway.HasTrailAsync("ann", "POST /api/dead-letters/{id}/requeue", 202);

        await visit.Row(gateway.Dead[1].ToString()).GetByRole(AriaRole.Button, new() { Name = "Drop" }).ClickAsync();
        await visit.ConfirmAsync("Drop");
        await visit.IsToldAsync("The dead letter is dropped.");
        await visit.Row(gateway.Dead[1].ToString()).WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await gateway.HasTrailAsync("ann", "DELETE /api/dead-letters/{id}", 204);

        await visit.Row(gateway.Dead[2].ToString()).GetByRole(AriaRole.Checkbox).CheckAsync();
        await visit.ClickAsync("Requeue 1 selected");
        await visit.ConfirmAsync("Requeue");
        await gateway.Reach(gateway.Dead[2], "succeeded");
    }

    [Fact]
    public async Task Should_watch_what_is_done_with_all_that_match_stop_it_and_let_it_go_on()
    {
        // Of old, so that they do not stand before those that other tests look for.
        await gateway.Gateway.ExecuteAsync(
            """
            insert into dead_letters (letter_id, died_at, queue, was_skipped, event, reason, state)
            select gen_random_uuid(), now() - interval '30 days', 'webhooks', false, 'in.bulk', 'unreadable', 0 from generate_series(1, 300)
            """);
        using var begun = await gateway.Api.PostAsJsonAsync("/api/dead-letters/drop", new { @event = "in.bulk", rate_per_second = 2 }, Cancellation);
        var drop = $"/api/bulk-jobs/{(await begun.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("bulk_job_id")}";

        await using (var viewer = await SignInAsync(DashboardGateway.ViewersKey))
        {
            await viewer.GoAsync("/dead-letters");
            await viewer.Page.Locator(".order").GetByText(new Regex("Dropped [1-9][0-9]* of 300")).WaitForAsync();
            Assert.Equal(0, await viewer.Page.Locator(".order").GetByRole(AriaRole.Button).CountAsync());
        }

        await using var visit = await SignInAsync();
        await visit.GoAsync("/dead-letters?event=in.bulk");
        var note = visit.Page.Locator(".order");
        await note.GetByText(new Regex("Dropped [1-9][0-9]* of 300")).WaitForAsync();
        await visit.ClickAsync("Stop", note);
        await visit.IsToldAsync("It is stopped; what is done stays so.");
        Assert.Equal("stopped", (await gateway.JsonAsync(drop)).GetProperty("state").GetString());
        await gateway.HasTrailAsync("ann", "POST /api/bulk-jobs/{id}/stop", 200);

        await visit.ClickAsync("Go on", note);
        await visit.IsToldAsync("It goes on.");
        Assert.Equal("running", (await gateway.JsonAsync(drop)).GetProperty("state").GetString());
        await gateway.HasTrailAsync("ann", "POST /api/bulk-jobs/{id}/resume", 200);
        await visit.IsSoundAsync();
        await visit.PictureAsync("dead-letters-in-bulk");

        // Somebody is in a hurry, and asks for the same without a rate. Both come to the end of what is there.
        await visit.ClickAsync("Drop all that match");
        await visit.ConfirmAsync("Drop");
        await visit.Page.GetByText("Nothing matches").WaitForAsync();
        Assert.Equal(300, await gateway.Gateway.QueryAsync("select count(*) from dead_letters where event = 'in.bulk' and state = 3"));
        await gateway.HasTrailAsync("ann", "POST /api/dead-letters/drop", 202);
        await Eventually.Read(
            () => gateway.Gateway.QueryAsync("select coalesce(sum(done), 0) from bulk_jobs where event = 'in.bulk' and state = 2"), done => done == 300, "both to be at their end");
    }

    [Fact]
    public async Task Should_disable_and_enable_an_endpoint()
    {
        await using var visit = await SignInAsync();
        await visit.GoAsync($"/endpoints?merchant_id={gateway.Waiter}");
        await visit.ClickAsync("Disable");
        await visit.ConfirmAsync("Disable");
        await visit.IsToldAsync("The endpoint is disabled.");
        Assert.Equal("disabled", await StateAsync());
        await visit.Row("by an operator").WaitForAsync();
        await gateway.HasTrailAsync("ann", "POST /api/webhooks/endpoints/{merchantId}/disable", 200);

        await visit.ClickAsync("Enable");
        await visit.IsToldAsync("The endpoint is enabled.");
        Assert.Equal("enabled", await StateAsync());

        async Task<string?> StateAsync() => (await gateway.JsonAsync($"/api/webhooks/endpoints/{gateway.Waiter}")).GetProperty("state").GetString();
    }

    [Fact]
    public async Task Should_be_told_in_words_that_a_job_does_not_exist()
    {
        await using var visit = await SignInAsync();
        foreach (var (id, words) in new[] { ("nonsense", "'nonsense' is not a UUID."), ($"{Guid.Empty}", "No attempt of job") })
        {
            await visit.GoAsync($"/jobs/{id}");
            await visit.Page.Locator(".note").GetByText(words).WaitForAsync();
        }
    }

    private async Task<Visit> SignInAsync(string key = DashboardGateway.OperatorsKey)
    {
        var visit = await browser.OpenSignedInAsync(gateway.Site, key);
        await visit.GoAsync("/");
        return visit;
    }

    private static int Attempts(JsonElement job) => job.GetProperty("attempts").GetArrayLength();
}
