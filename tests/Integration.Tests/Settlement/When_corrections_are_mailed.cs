using Gateway.Integration.Tests.Mail;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary>What trials found (docs/faults.md: D1, D9, D12).</summary>
public sealed class When_corrections_are_mailed(TestServers servers)
{
    private static readonly DateTime Noon = new(2026, 11, 23, 5, 0, 0, DateTimeKind.Utc);

    [Fact]
    public async Task Should_come_in_one_mail_for_all_days_of_a_run()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await ReportedAsync(server, days: 3);
        await database.ExecuteAsync("update payments set fee_vnd = 20 where confirmed_at < '2026-11-23'");

        Assert.Equal("corrected: 2026-11-21 (generation 2), 2026-11-22 (generation 2); mails: 1", await database.RunAsync());
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 0", await database.RunAsync());

        var mail = (await server.WaitUntilTakenAsync()).Message;
        Assert.Equal("settlement-correction-2026-11-21-2@example.com", mail.MessageId);
        Assert.Equal("Settlement of 2 days from 2026-11-21 to 2026-11-22 corrected: +15.00 ₫ net revenue", mail.Subject);
        Assert.Contains("21 November 2026, generation 2", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains(
            "- Shop, Payments completed: was 1, 1,000.00 ₫, fees 12.50 ₫; is 1, 1,000.00 ₫, fees 20.00 ₫; difference 0, 0.00 ₫, fees +7.50 ₫",
            mail.TextBody,
            StringComparison.Ordinal);
        Assert.Equal(0, server.Waiting);
    }

    [Fact]
    public async Task Should_come_once_when_several_run_at_once()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await ReportedAsync(server, days: 2);
        await database.ExecuteAsync("update payments set amount_vnd = 1");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => database.RunUntilMailedAsync(), TestContext.Current.CancellationToken)));

        await server.WaitUntilTakenAsync();
        Assert.Equal(0, server.Waiting);
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 2; mails: 0", await database.RunAsync());
    }

    [Fact]
    public async Task Should_only_be_mailed_by_the_retry_of_a_job_whose_mail_failed()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await ReportedAsync(server, days: 2);
        await database.ExecuteAsync("update payments set amount_vnd = 1");
        await server.BehaveAsync("fail");
        var job = Guid.CreateVersion7();
        Assert.Equal("mail_failed", (await Assert.ThrowsAsync<JobFailedException>(() => database.RunAsync(jobId: job))).Reason);
        await server.BehaveAsync("accept");
        await database.ExecuteAsync("update payments set amount_vnd = 2");
        var told = await database.ReadAsync(db => db.OutboxMessages.Select(m => m.MessageId));

        // It would wait for the table if it read it.
        await using (await database.HoldAsync("payments"))
        {
            Assert.Equal("written by an earlier attempt; mails: 1", await database.RunAsync(attempt: 2, jobId: job));
        }

        Assert.Equal("settlement-correction-2026-11-22-2@example.com", (await server.WaitUntilTakenAsync()).Message.MessageId);
        Assert.Equal(told.Order(), (await database.ReadAsync(db => db.OutboxMessages.Select(m => m.MessageId))).Order());
        Assert.Equal("corrected: 2026-11-22 (generation 3), 2026-11-23 (generation 3); mails: 1", await database.RunAsync());
    }

    [Fact]
    public async Task Should_only_be_mailed_by_the_retry_of_a_job_that_found_no_change()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await ReportedAsync(server, days: 1);
        await database.ExecuteAsync("update settlement_reports set mailed_at = null");
        await server.BehaveAsync("fail");
        var job = Guid.CreateVersion7();
        Assert.Equal("mail_failed", (await Assert.ThrowsAsync<JobFailedException>(() => database.RunAsync(jobId: job))).Reason);
        await server.BehaveAsync("accept");

        await using (await database.HoldAsync("payments"))
        {
            Assert.Equal("written by an earlier attempt; mails: 1", await database.RunAsync(attempt: 2, jobId: job));
        }
    }

    [Fact]
    public async Task Should_not_wait_behind_a_mail_that_the_server_refuses_for_good()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await ReportedAsync(server, days: 3);
        await database.ExecuteAsync("update settlement_reports set mailed_at = null");
        await server.BehaveAsync("refuse-about Subject: Settlement of 2026-11-21");

        var failure = await Assert.ThrowsAsync<JobFailedException>(() => database.RunAsync());

        Assert.Equal(("mail_refused", true), (failure.Reason, failure.IsFinal));
        Assert.Contains("(2 of 3 mails). settlement-2026-11-21: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("554 no such mail here", failure.Message, StringComparison.Ordinal);
        string?[] ids = [(await server.WaitUntilTakenAsync()).Message.MessageId, (await server.WaitUntilTakenAsync()).Message.MessageId];
        Assert.Equal(["settlement-2026-11-22@example.com", "settlement-2026-11-23@example.com"], ids);
        var refused = await database.ReadAsync(db => db.SettlementReports.Where(r => r.MailRefused != null).Select(r => new { r.Date, r.MailRefused }));
        Assert.Contains("554 no such mail here", Assert.Single(refused).MailRefused, StringComparison.Ordinal);

        // The days after it do not meet it again, and who asks for that day does.
        await server.BehaveAsync("accept");
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 0", await database.RunAsync());
        Assert.Equal("nothing changed: 2026-11-21 stays at generation 1; mails: 1", await database.RunAsync(new DateOnly(2026, 11, 21)));
        Assert.Empty(await database.ReadAsync(db => db.SettlementReports.Where(r => r.MailRefused != null || r.MailedAt == null)));
    }

    /// <summary>A database whose last days are reported and mailed, a payment of 1,000 with a fee of 12.50 on each.</summary>
    private async Task<SettlementDatabase> ReportedAsync(SmtpServer server, int days)
    {
        var database = await SettlementDatabase.CreateAsync(servers, server.Settings);
        var shop = await database.AddMerchantAsync("Shop");
        for (var ago = 0; ago < days; ago++)
        {
            await database.AddCompletedAsync(shop, Noon.AddDays(-ago), 1000, 12.5m);
        }

        await database.RunAsync();
        for (var ago = 0; ago < days; ago++)
        {
            await server.WaitUntilTakenAsync();
        }

        return database;
    }
}
