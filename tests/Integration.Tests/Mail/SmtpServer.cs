using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using MimeKit;
using Xunit;

namespace Gateway.Integration.Tests.Mail;

/// <summary>
/// A real mail server (aiosmtpd), which can be told to misbehave: <c>accept</c>, <c>refuse</c>, <c>refuse-one</c>, <c>refuse-later</c>,
/// <c>fail</c>, <c>hang</c>, <c>slow</c> (2 s), <c>die-after-mail</c>, <c>die-after-taking</c>, <c>refuse-about TEXT</c> (554 for a mail
/// that holds the text). Debian's package is python3-aiosmtpd.
/// </summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<TakenMail> _taken = Channel.CreateUnbounded<TakenMail>();
    private readonly SemaphoreSlim _behaves = new(0);
    private readonly Task _reading;

    private SmtpServer(Process process, int port)
    {
        _process = process;
        Port = port;
        _reading = ReadAsync();
    }

    public int Port { get; }

    /// <summary>How many mails it took that were not asked for by <see cref="WaitUntilTakenAsync"/> yet.</summary>
    public int Waiting => _taken.Reader.Count;

    /// <summary>The settings of a worker that sends its mails here.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["SMTP_HOST"] = "127.0.0.1",
        ["SMTP_PORT"] = Port.ToString(CultureInfo.InvariantCulture),
        ["SMTP_TLS"] = "none",
        ["SMTP_FROM"] = "Gateway <gateway@example.com>",
        ["OPS_EMAIL"] = "ops@example.com, on-call@example.com",
    };

    /// <param name="certificateFile">
    /// Its certificate and key in PEM, with which it offers STARTTLS; none for a server that offers no encryption.
    /// </param>
    public static async Task<SmtpServer> StartAsync(string? certificateFile = null)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Mail", "smtp_server.py"), .. certificateFile is null ? Array.Empty<string>() : [certificateFile]];
        // Debian's own Python, for which the package is.
        var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var port = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.True(int.TryParse(port, CultureInfo.InvariantCulture, out var number), "The mail server did not start; is python3-aiosmtpd installed?");
        return new SmtpServer(process, number);
    }

    /// <summary>From now on it behaves so.</summary>
    public async Task BehaveAsync(string behaviour)
    {
        await _process.StandardInput.WriteLineAsync(behaviour);
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        await _behaves.WaitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The next mail that it took, in the order of taking.</summary>
    public async Task<TakenMail> WaitUntilTakenAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        return await _taken.Reader.ReadAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _reading;
        _process.Dispose();
        _behaves.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var said = JsonElement.Parse(line);
            if (said.TryGetProperty("behaves", out _))
            {
                _behaves.Release();
                continue;
            }

            using var content = new MemoryStream(said.GetProperty("content").GetBytesFromBase64());
            await _taken.Writer.WriteAsync(new TakenMail(
                said.GetProperty("from").GetString()!,
                [.. said.GetProperty("to").EnumerateArray().Select(to => to.GetString()!)],
                await MimeMessage.LoadAsync(content)));
        }
    }
}
