using Gateway.Integration.Tests.Mail;
using Gateway.Testing;
using Gateway.Testing.Servers;
using Gateway.Worker.Jobs;
using MimeKit;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

public sealed class When_a_report_is_mailed(TestServers servers)
{
    private static readonly DateTime Noon = new(2026, 11, 23, 5, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_come_once_as_a_page_with_the_workbook_attached()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(server);

        Assert.Equal("written: 2026-11-23; mails: 1", await database.RunAsync());
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 0", await database.RunAsync());

        var mail = (await server.WaitUntilTakenAsync()).Message;
        Assert.Equal("Settlement of 2026-11-23: 12.50 ₫ net revenue", mail.Subject);
        Assert.Contains("<h1>Settlement of 23 November 2026</h1>", mail.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("Net revenue: 12.50 ₫", mail.TextBody, StringComparison.Ordinal);
        Assert.Equal("settlement-2026-11-23.xlsx", Assert.IsType<MimePart>(Assert.Single(mail.Attachments), exactMatch: false).FileName);
        Assert.Equal(0, server.Waiting);
    }

    [Theory]
    [InlineData("refuse")]
    [InlineData("fail")]
    [InlineData("die-after-mail")]
    [InlineData("hang")]
    public async Task Should_keep_the_report_and_fail_the_attempt_when_the_server_does_not_take_it(string behaviour)
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(server, ("SMTP_TIMEOUT", "500ms"));
        await server.BehaveAsync(behaviour);

        var running = database.RunAsync();
        // Its timeout goes by the clock of the test.
        await Eventually.Catch(
            () =>
            {
                database.Time.Advance(TimeSpan.FromMilliseconds(behaviour == "hang" ? 100 : 0));
                return Task.FromResult(running.IsCompleted);
            },
            isDone => isDone,
            "the attempt has ended");

        var failure = await Assert.ThrowsAsync<JobFailedException>(() => running);
        Assert.Equal(("mail_failed", false), (failure.Reason, failure.IsFinal));
        await database.FindAsync(SettlementDatabase.Yesterday);
        Assert.Equal(0, server.Waiting);

        await server.BehaveAsync("accept");
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 1", await database.RunAsync());
        await server.WaitUntilTakenAsync();
        Assert.Equal(0, server.Waiting);
    }

    [Fact]
    public async Task Should_come_for_every_day_that_was_made_up_for_also_at_the_second_attempt()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(server);
        await database.AddCompletedAsync(await database.AddMerchantAsync("Old shop"), Noon.AddDays(-2), 1, 0);
        await server.BehaveAsync("fail");
        await Assert.ThrowsAsync<JobFailedException>(() => database.RunAsync());
        await server.BehaveAsync("accept");

        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 3", await database.RunAsync());

        List<string?> ids = [];
        foreach (var _ in Enumerable.Range(0, 3))
        {
            ids.Add((await server.WaitUntilTakenAsync()).Message.MessageId);
        }

        Assert.Equal(Enumerable.Range(21, 3).Select(day => $"settlement-2026-11-{day}@example.com"), ids);
    }

    [Fact]
    public async Task Should_not_come_again_when_the_server_dies_after_taking_it()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(server);
        await server.BehaveAsync("die-after-taking");

        Assert.Equal("written: 2026-11-23; mails: 1", await database.RunAsync());
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 0", await database.RunAsync());

        await server.WaitUntilTakenAsync();
        Assert.Equal(0, server.Waiting);
    }

    [Fact]
    public async Task Should_come_once_when_two_run_at_once()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(server);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => database.RunUntilMailedAsync(), Cancellation)));

        await server.WaitUntilTakenAsync();
        Assert.Equal(0, server.Waiting);
    }

    // A run that finds it taken fails, so that one of its retries comes after the time for which it is taken.
    [Fact]
    public async Task Should_be_sent_by_a_retry_when_the_worker_that_had_it_died()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(server);
        await database.WriteAsync(SettlementDatabase.Yesterday);
        await database.ExecuteAsync("update settlement_reports set mailing_until = now() + interval '1 minute'");

        var failure = await Assert.ThrowsAsync<JobFailedException>(() => database.RunAsync());

        Assert.Equal(("mail_failed", false), (failure.Reason, failure.IsFinal));
        Assert.Contains("settlement-2026-11-23: another run is mailing it, or died with it", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Waiting);

        await database.ExecuteAsync("update settlement_reports set mailing_until = now() - interval '1 second'");
        Assert.Equal("nothing changed: 2026-11-23 stays at generation 1; mails: 1", await database.RunAsync());
        await server.WaitUntilTakenAsync();
    }

    [Fact]
    public async Task Should_be_taken_for_less_time_than_the_retries_go_on()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var database = await CreateAsync(server);
        await database.WriteAsync(SettlementDatabase.Yesterday);
        object[] taken = [];
        var mail = Assert.Single(await database.Mailing.FindUnmailedAsync(
            SettlementDatabase.Yesterday, SettlementDatabase.Yesterday, includesRefused: false, Cancellation));

        await database.Mailing.MailOnceAsync(
            mail,
            async _ => taken = await database.QueryAsync("select mailing_until - clock_timestamp() from settlement_reports"),
            Cancellation);

        // 30 s, 2 m and 8 m.
        Assert.InRange(Assert.IsType<TimeSpan>(taken[0]), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(10));
    }

    private async Task<SettlementDatabase> CreateAsync(SmtpServer server, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(server.Settings);
        foreach (var (key, value) in settings)
        {
            all[key] = value;
        }

        var database = await SettlementDatabase.CreateAsync(servers, all);
        await database.AddCompletedAsync(await database.AddMerchantAsync("Shop"), Noon, 1000, 12.5m);
        return database;
    }
}
