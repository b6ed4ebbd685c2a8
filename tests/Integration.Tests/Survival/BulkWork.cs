using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Persistence.DeadLetters;
using Gateway.Persistence.JobLog;
using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>What an operator begins and a worker does for a while: letters to put back or to drop, webhooks to send again.</summary>
internal static class BulkWork
{
    /// <summary>More letters than are dealt with before somebody can kill the worker.</summary>
    public const int Many = 120_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // As they are written with the last attempt of webhooks: what they said is kept beside.
    public static Task BuryAsync(Deployment gateway, int letters, string reason = "exhausted") => gateway.ExecuteAsync(
        $$"""
        with kept as (
            insert into kept_webhooks (delivery_id, merchant_id, event, payload, kept_at)
            select gen_random_uuid(), '{{gateway.MerchantId}}', 'payment.completed', '{"amount":"12.50"}', now() from generate_series(1, {{letters}})
            returning delivery_id, merchant_id, event)
        insert into dead_letters (letter_id, died_at, queue, was_skipped, job_id, merchant_id, event, reason, state)
        select gen_random_uuid(), now(), 'webhooks_retry', false, delivery_id, merchant_id, event, '{{reason}}', 0 from kept
        """);

    public static async Task<JsonElement> BeginAsync(HttpClient api, string path, object body)
    {
        using var answer = await api.PostAsJsonAsync(path, body, Cancellation);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    public static Task<JsonElement> WaitUntilDoneAsync(HttpClient api, JsonElement job) => Eventually.Read(
        () => api.GetFromJsonAsync<JsonElement>($"/api/bulk-jobs/{IdOf(job)}", Cancellation),
        now => now.GetProperty("state").GetString() == "done",
        "the bulk job is done");

    public static Guid IdOf(JsonElement job) => job.GetProperty("bulk_job_id").GetGuid();

    public static Task<long> CountAsync(Deployment gateway, DeadLetterState state) =>
        gateway.QueryAsync($"select count(*) from dead_letters where state = {(int)state}");

    public static async Task WaitUntilAllSucceedAsync(Deployment gateway, int webhooks) => await Eventually.Read(
        async () => (await gateway.ReadRunsAsync()).Where(run => run.State == JobState.Succeeded).Select(run => run.JobId).Distinct().Count(),
        succeeded => succeeded == webhooks,
        "every webhook was delivered");
}
