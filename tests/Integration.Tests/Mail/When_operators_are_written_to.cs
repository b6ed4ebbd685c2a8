using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Testing;
using Gateway.Worker.Configuration;
using Gateway.Worker.Mail;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using Xunit;

namespace Gateway.Integration.Tests.Mail;

/// <summary>What trials found (docs/faults.md: D16, H8).</summary>
public sealed class When_operators_are_written_to
{
    private static readonly OperatorMail Report = new()
    {
        Id = "settlement-2026-11-23",
        Subject = "Settlement of 23 November – 1.000 ₫",
        Text = "All is well.",
        Html = "<p>All is <b>well</b>.</p>",
        Attachments = [new MailAttachment("report.csv", "text/csv; charset=utf-8", Encoding.UTF8.GetBytes("merchant,amount\r\nPhở,1\r\n"))],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Should_send_text_page_and_attachment_to_all_of_them()
    {
        await using var server = await SmtpServer.StartAsync();

        await MailerFor(server).SendAsync(Report, Cancellation);

        var mail = await server.WaitUntilTakenAsync();
        Assert.Equal("gateway@example.com", mail.From);
        Assert.Equal(["ops@example.com", "on-call@example.com"], mail.To);
        Assert.Equal(Report.Subject, mail.Message.Subject);
        Assert.Equal("settlement-2026-11-23@example.com", mail.Message.MessageId);
        Assert.Equal(Report.Text, mail.Message.TextBody?.TrimEnd());
        Assert.Equal(Report.Html, mail.Message.HtmlBody?.TrimEnd());
        var attachment = Assert.IsType<MimePart>(Assert.Single(mail.Message.Attachments), exactMatch: false);
        Assert.Equal(("report.csv", "text/csv", "utf-8"), (attachment.FileName, attachment.ContentType.MimeType, attachment.ContentType.Charset));
        using var content = new MemoryStream();
        await attachment.Content!.DecodeToAsync(content, Cancellation);
        Assert.Equal("merchant,amount\r\nPhở,1\r\n", Encoding.UTF8.GetString(content.ToArray()));
    }

    [Theory]
    [InlineData("refuse", "550 no such operator")]
    [InlineData("refuse-later", "452 too many operators")]
    [InlineData("fail", "451 the disk is full")]
    [InlineData("want-log-in", "the server wants a log-in with SMTP_USER and SMTP_PASSWORD: ")]
    [InlineData("die-after-mail", "")]
    public async Task Should_say_why_the_server_did_not_take_it_and_send_it_to_nobody(string behaviour, string reason)
    {
        await using var server = await SmtpServer.StartAsync();
        await server.BehaveAsync(behaviour);

        var failure = await Assert.ThrowsAsync<MailFailedException>(() => MailerFor(server).SendAsync(Report, Cancellation));

        Assert.StartsWith($"127.0.0.1:{server.Port}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Waiting);
        await server.BehaveAsync("accept");
        await MailerFor(server).SendAsync(Report, Cancellation);
        Assert.Equal(Report.Subject, (await server.WaitUntilTakenAsync()).Message.Subject);
    }

    [Fact]
    public async Task Should_count_a_mail_as_sent_when_the_server_dies_after_taking_it()
    {
        await using var server = await SmtpServer.StartAsync();
        await server.BehaveAsync("die-after-taking");

        await MailerFor(server).SendAsync(Report, Cancellation);

        Assert.Equal(Report.Subject, (await server.WaitUntilTakenAsync()).Message.Subject);
    }

    [Fact]
    public async Task Should_not_wait_for_a_slow_server_longer_than_allowed()
    {
        await using var server = await SmtpServer.StartAsync();
        await server.BehaveAsync("hang");

        var failure = await Assert.ThrowsAsync<MailFailedException>(
            () => MailerFor(server, ("SMTP_TIMEOUT", "500ms")).SendAsync(Report, Cancellation));

        Assert.Contains("not sent within 00:00:00.5", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_say_that_no_server_is_there()
    {
        using var port = new Socket(SocketType.Stream, ProtocolType.Tcp);
        port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var options = Options(
            ("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", $"{((IPEndPoint)port.LocalEndPoint!).Port}"), ("SMTP_FROM", "a@example.com"), ("OPS_EMAIL", "b@example.com"));

        var failure = await Assert.ThrowsAsync<MailFailedException>(() => MailerFor(options).SendAsync(Report, Cancellation));

        Assert.IsType<SocketException>(failure.InnerException, exactMatch: false);
    }

    [Fact]
    public async Task Should_not_send_unencrypted_to_a_server_that_offers_no_encryption()
    {
        await using var server = await SmtpServer.StartAsync();

        await Assert.ThrowsAsync<MailFailedException>(() => MailerFor(server, ("SMTP_TLS", "starttls")).SendAsync(Report, Cancellation));

        Assert.Equal(0, server.Waiting);
    }

    // One of several mailboxes is gone.
    [Fact]
    public async Task Should_write_to_the_others_when_a_mailbox_is_gone_and_name_it()
    {
        await using var server = await SmtpServer.StartAsync();
        await server.BehaveAsync("refuse-one");
        var log = new LogLines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var mailer = new Mailer(OptionsOf(server), TimeProvider.System, loggers.CreateLogger<Mailer>());

        await mailer.SendAsync(Report, Cancellation);

        Assert.Equal(["ops@example.com"], (await server.WaitUntilTakenAsync()).To);
        Assert.Contains("on-call@example.com: 550 no such mailbox", log.Text, StringComparison.Ordinal);
    }

    // A company's own authority, whose list of revoked certificates is out of reach.
    [Theory]
    [InlineData("if-reachable")]
    [InlineData("off")]
    public async Task Should_trust_the_authority_that_it_is_told_to_trust(string revocation)
    {
        using var authority = new PrivateAuthority("Example Ltd");
        await using var server = await SmtpServer.StartAsync(authority.ServerFile);

        await MailerFor(server, ("SMTP_TLS", "starttls"), ("SMTP_CA_FILE", authority.AuthorityFile), ("SMTP_TLS_REVOCATION", revocation)).SendAsync(Report, Cancellation);

        Assert.Equal(Report.Subject, (await server.WaitUntilTakenAsync()).Message.Subject);
    }

    [Theory]
    [InlineData("required", true, "its certificate is not trusted: ")]
    [InlineData("off", false, "its certificate is not trusted: ")]
    public async Task Should_say_why_a_certificate_is_not_trusted(string revocation, bool isTheServers, string reason)
    {
        using var authority = new PrivateAuthority("Example Ltd");
        using var other = new PrivateAuthority("Another Ltd");
        await using var server = await SmtpServer.StartAsync(authority.ServerFile);
        var mailer = MailerFor(
            server,
            ("SMTP_TLS", "starttls"),
            ("SMTP_CA_FILE", isTheServers ? authority.AuthorityFile : other.AuthorityFile),
            ("SMTP_TLS_REVOCATION", revocation));

        var failure = await Assert.ThrowsAsync<MailFailedException>(() => mailer.SendAsync(Report, Cancellation));

        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains(isTheServers ? "RevocationStatusUnknown" : "PartialChain", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Waiting);
    }

    [Fact]
    public async Task Should_not_trust_an_unknown_authority_without_being_told()
    {
        using var authority = new PrivateAuthority("Example Ltd");
        await using var server = await SmtpServer.StartAsync(authority.ServerFile);

        var failure = await Assert.ThrowsAsync<MailFailedException>(
            () => MailerFor(server, ("SMTP_TLS", "starttls"), ("SMTP_TLS_REVOCATION", "off")).SendAsync(Report, Cancellation));

        Assert.Contains("its certificate is not trusted: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Waiting);
    }

    // H8.
    [Fact]
    public async Task Should_not_trust_a_certificate_for_another_name()
    {
        using var authority = new PrivateAuthority("Example Ltd", "mail.example.com");
        await using var server = await SmtpServer.StartAsync(authority.ServerFile);

        var failure = await Assert.ThrowsAsync<MailFailedException>(() => MailerFor(
            server, ("SMTP_TLS", "starttls"), ("SMTP_CA_FILE", authority.AuthorityFile), ("SMTP_TLS_REVOCATION", "off")).SendAsync(Report, Cancellation));

        Assert.Contains("its certificate is for other names (CN=mail)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Waiting);
    }

    private static MailOptions OptionsOf(SmtpServer server) => Options([.. server.Settings.Select(s => (s.Key, s.Value!))]);

    private static Mailer MailerFor(SmtpServer server, params (string Key, string Value)[] settings) =>
        MailerFor(Options([.. server.Settings.Select(s => (s.Key, s.Value!)), .. settings]));

    private static Mailer MailerFor(MailOptions options) => new(options, TimeProvider.System, NullLogger<Mailer>.Instance);

    private static MailOptions Options(params (string Key, string Value)[] values)
    {
        var settings = new Settings(new ConfigurationBuilder()
            .AddInMemoryCollection(values.GroupBy(v => v.Key).Select(v => KeyValuePair.Create(v.Key, (string?)v.Last().Value)))
            .Build());
        var options = MailOptions.Read(settings);
        settings.ThrowIfInvalid();
        return options;
    }
}
