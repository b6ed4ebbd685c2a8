using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Worker.CommandLine;
using Gateway.Worker.CommandLine.Operators;
using Spectre.Console;
using Xunit;

namespace Gateway.Worker.Tests.CommandLine;

/// <summary>What trials found (docs/faults.md: G1, G6, H8).</summary>
public sealed class When_an_operator_types_a_command : IDisposable
{
    private const string BulkHead = "bulk job\tkind\tstate\tdone\ttotal\tper second\tby\tsince\twaits for\n";

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly ScriptedApi _api = new();

    [Fact]
    public async Task Should_print_lines_with_tabs_and_a_header_in_a_pipe()
    {
        _api.Answers("/api/jobs", """{"jobs":[{"job_id":"a","job_type":"webhook:delivery","state":"dead","attempts_made":6,"reason":"line\nbreak and\ttab","last_at":"2026-01-31T08:00:00Z"}]}""");

        Assert.Equal(0, await RunAsync("jobs", "--state", "dead", "--merchant", "m 1"));

        Assert.Equal(
            "job\ttype\tstate\tattempts\tmerchant\tevent\treason\tlast at\treference\na\twebhook:delivery\tdead\t6\t\t\tline break and tab\t2026-01-31T08:00:00Z\t\n", _out.ToString());
        Assert.Equal("GET /api/jobs?state=dead&merchant_id=m%201", Assert.Single(_api.Requests));
    }

    [Fact]
    public async Task Should_list_the_days_of_a_period_that_are_reported()
    {
        _api.Answers(
            "/api/settlement-reports",
            """{"totals":{"net_revenue_vnd":"12.50"},"days":[{"date":"2026-01-31","generation":2,"generated_at":"2026-02-02T01:00:00Z","net_revenue_vnd":"12.50","generations":[]}],"days_without_report":["2026-01-30"]}""");

        Assert.Equal(0, await RunAsync("reports", "--from", "2026-01-30", "--to", "2026-01-31"));

        Assert.Equal("date\tgeneration\twritten\tnet revenue\n2026-01-31\t2\t2026-02-02T01:00:00Z\t12.50\n", _out.ToString());
        Assert.Equal("GET /api/settlement-reports?from=2026-01-30&to=2026-01-31", Assert.Single(_api.Requests));
    }

    [Theory]
    [InlineData("queues")]
    [InlineData("figures")]
    [InlineData("find", "x")]
    [InlineData("jobs")]
    [InlineData("job", "x")]
    [InlineData("waiting", "list")]
    [InlineData("waiting", "merchants")]
    [InlineData("dead-letters", "list")]
    [InlineData("schedules")]
    [InlineData("reports")]
    [InlineData("endpoints", "list")]
    [InlineData("bulk", "list")]
    [InlineData("pause", "webhooks")]
    [InlineData("redeliver", "x")]
    [InlineData("outbox")]
    [InlineData("actions")]
    [InlineData("publish", "expire-payments")]
    public async Task Should_print_the_answer_unchanged_as_JSON(params string[] command)
    {
        const string Answer = """{"a":[1.10,"x"],"b":null}""";
        _api.AnswersAll(Answer);

        Assert.Equal(0, await RunAsync([.. command, "--json"]));

        using var printed = JsonDocument.Parse(_out.ToString());
        using var answered = JsonDocument.Parse(Answer);
        Assert.True(JsonElement.DeepEquals(answered.RootElement, printed.RootElement));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, 1)]
    [InlineData(HttpStatusCode.Conflict, 1)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 1)]
    [InlineData(HttpStatusCode.Unauthorized, 4)]
    [InlineData(HttpStatusCode.Forbidden, 4)]
    [InlineData(HttpStatusCode.TooManyRequests, 4)]
    [InlineData(HttpStatusCode.NotFound, 5)]
    public async Task Should_tell_scripts_by_the_exit_code_and_people_by_the_problem(HttpStatusCode status, int exitCode)
    {
        _api.Fails(status, """{"title":"Not so","detail":"The reason.","errors":{"date":["date is not over"]}}""");

        Assert.Equal(exitCode, await RunAsync("queues"));

        Assert.Equal("Not so: The reason.: date is not over\n", _error.ToString());
        Assert.Empty(_out.ToString());
    }

    [Fact]
    public async Task Should_find_what_a_text_names_and_say_what_was_not_searched()
    {
        _api.Answers(
            "/api/search",
            """{"hits":[{"kind":"payment","id":"p","by":"order_id","name":"ref-1","state":"completed","merchant_id":"m","link":"/api/jobs?reference=p","command":"Gateway.Worker jobs --reference p"}],"not_searched":["payments by tx_hash: no index"]}""");

        Assert.Equal(0, await RunAsync("find", "A 17"));

        Assert.Equal(
            "kind\tid\tfound by\tname\tstate\tmerchant\tmore\npayment\tp\torder_id\tref-1\tcompleted\tm\tGateway.Worker jobs --reference p\n", _out.ToString());
        Assert.Equal("Not searched: payments by tx_hash: no index\n", _error.ToString());
        Assert.Equal("GET /api/search?q=A%2017", Assert.Single(_api.Requests));
    }

    [Fact]
    public async Task Should_print_figures_by_what_was_asked()
    {
        _api.Answers("/api/figures", """{"by":"merchant","figures":[{"key":"m","attempts":4,"succeeded":3,"success_rate":0.75,"p95_seconds":0.2}]}""");

        Assert.Equal(0, await RunAsync("figures", "--by", "merchant", "--from", "2026-01-31T08:00:00Z"));

        Assert.Equal(
            "merchant\tattempts\tsucceeded\tretrying\tdead\tskipped\tretries\tsuccess rate\ta second\tp50 s\tp95 s\tp99 s\nm\t4\t3\t\t\t\t\t0.75\t\t\t0.2\t\n", _out.ToString());
        Assert.Equal("GET /api/figures?by=merchant&from=2026-01-31T08%3A00%3A00Z", Assert.Single(_api.Requests));
    }

    [Fact]
    public async Task Should_say_when_what_answers_is_no_worker()
    {
        _api.Fails(HttpStatusCode.BadGateway, "<html>");

        Assert.Equal(1, await RunAsync("queues"));
        Assert.Equal("The answer was 502 BadGateway.\n", _error.ToString());
    }

    [Fact]
    public async Task Should_say_when_nobody_answers()
    {
        _api.IsAway = true;

        Assert.Equal(3, await RunAsync("queues"));
        Assert.Contains("does not answer", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dead-letters", "drop", "x")]
    [InlineData("queues", "purge", "webhooks")]
    public async Task Should_change_nothing_for_good_when_there_is_nobody_to_ask(params string[] command)
    {
        Assert.Equal(2, await RunAsync(command));

        Assert.Empty(_api.Requests);
        Assert.Contains("--yes", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("requeue", "Put back 3 letters?")]
    [InlineData("drop", "Drop 3 letters, for good?")]
    public async Task Should_count_dead_letters_before_it_asks(string command, string question)
    {
        _api.Answers($"/api/dead-letters/{command}", """{"count":3}""");

        Assert.Equal(2, await RunAsync("dead-letters", command, "--reason", "exhausted"));

        Assert.Equal([$"POST /api/dead-letters/{command}"], _api.Requests);
        Assert.Contains(question, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_requeue_and_wait_until_all_are_back()
    {
        _api.Answers("/api/dead-letters/requeue", """{"count":207}""", """{"bulk_job_id":"r","kind":"requeue","state":"running","done":0,"total":207}""");
        _api.Answers("/api/bulk-jobs/r", """{"bulk_job_id":"r","kind":"requeue","state":"running","done":200,"total":207}""", """{"bulk_job_id":"r","kind":"requeue","state":"done","done":207,"total":207}""");

        Assert.Equal(0, await RunAsync("dead-letters", "requeue", "--queue", "webhooks", "--yes"));

        Assert.Equal($"{BulkHead}r\trequeue\tdone\t207\t207\t\t\t\t\n", _out.ToString());
        Assert.Equal(4, _api.Requests.Count);
    }

    [Fact]
    public async Task Should_leave_a_requeue_alone_that_it_was_told_not_to_wait_for()
    {
        _api.Answers("/api/dead-letters/x/requeue", """{"bulk_job_id":"r","kind":"requeue","state":"running","done":0,"total":1}""");

        Assert.Equal(0, await RunAsync("dead-letters", "requeue", "x", "--detach"));

        Assert.Equal(["POST /api/dead-letters/x/requeue"], _api.Requests);
    }

    [Theory]
    [InlineData("stop", "stopped")]
    [InlineData("resume", "running")]
    public async Task Should_stop_a_bulk_job_and_let_it_go_on(string change, string state)
    {
        _api.Answers($"/api/bulk-jobs/r/{change}", $$"""{"bulk_job_id":"r","kind":"drop","state":"{{state}}","done":2,"total":207}""");

        Assert.Equal(0, await RunAsync("bulk", change, "r"));

        Assert.Equal($"{BulkHead}r\tdrop\t{state}\t2\t207\t\t\t\t\n", _out.ToString());
    }

    [Fact]
    public async Task Should_watch_a_bulk_job_that_somebody_else_began()
    {
        _api.Answers(
            "/api/bulk-jobs/r", """{"bulk_job_id":"r","kind":"drop","state":"running","done":0,"total":2}""", """{"bulk_job_id":"r","kind":"drop","state":"done","done":2,"total":2}""");

        Assert.Equal(0, await RunAsync("bulk", "watch", "r"));

        Assert.Equal($"{BulkHead}r\tdrop\tdone\t2\t2\t\t\t\t\n", _out.ToString());
    }

    [Fact]
    public async Task Should_drop_what_is_older_than_a_time()
    {
        _api.Answers("/api/dead-letters/drop", """{"count":12}""", """{"bulk_job_id":"r","kind":"drop","state":"running","done":0,"total":12}""");
        _api.Answers("/api/bulk-jobs/r", """{"bulk_job_id":"r","kind":"drop","state":"done","done":12,"total":12,"rate_per_second":4}""");

        Assert.Equal(0, await RunAsync("dead-letters", "drop", "--before", "2026-01-31T08:00:00Z", "--rate", "4", "--yes"));

        Assert.Equal($"{BulkHead}r\tdrop\tdone\t12\t12\t4\t\t\t\n", _out.ToString());
    }

    [Fact]
    public async Task Should_ask_for_letters_by_every_filter()
    {
        _api.Answers("/api/dead-letters", """{"dead_letters":[]}""");

        Assert.Equal(0, await RunAsync(
            "dead-letters", "list", "--queue", "periodic", "--merchant", "m", "--event", "e", "--reason", "r", "--from", "a", "--before", "b", "--newest", "--limit", "7", "--cursor", "c"));

        Assert.Equal(
            "GET /api/dead-letters?queue=periodic&merchant_id=m&event=e&reason=r&from=a&to=b&order=newest&limit=7&cursor=c", Assert.Single(_api.Requests));
    }

    [Theory]
    [InlineData("\"on_the_road\":false", "Attempt 3 is due at 2026-01-31T09:00:00Z (waits since 2026-01-31T08:00:00Z: retry)")]
    [InlineData("\"on_the_road\":true", "Attempt 3 is on the road (waits since 2026-01-31T08:00:00Z: retry)")]
    [InlineData(
        "\"on_the_road\":false,\"held_until\":\"2026-01-31T10:00:00Z\"",
        "Attempt 3 is due at 2026-01-31T09:00:00Z, and its merchant is left alone until 2026-01-31T10:00:00Z (waits since 2026-01-31T08:00:00Z: retry)")]
    [InlineData("\"on_the_road\":false,\"unreadable_reason\":\"no JSON\"", "Attempt 3 is set aside: no JSON (waits since 2026-01-31T08:00:00Z: retry)")]
    public async Task Should_say_at_a_terminal_when_and_why_the_next_attempt_waits(string more, string sentence)
    {
        _api.Answers(
            "/api/jobs/x",
            $$"""{"job_id":"x","waiting":{"attempt":3,"due_at":"2026-01-31T09:00:00Z","reason":"retry","since":"2026-01-31T08:00:00Z",{{more}}},"attempts":[]}""");

        Assert.Equal(0, await RunAsync(new Terminal(_out), "job", "x"));

        Assert.Contains($"{sentence}\n", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_tell_the_attempts_apart_that_a_job_made_before_and_after_it_was_sent_again()
    {
        _api.Answers(
            "/api/jobs/x",
            """{"job_id":"x","attempts":[{"round":0,"attempt":1,"state":"dead"},{"round":1,"attempt":1,"state":"succeeded"}]}""",
            """{"job_id":"x","sent_again":[{"round":1,"reason":"requeued","at":"2026-01-31T08:00:00Z"}],"attempts":[]}""");

        Assert.Equal(0, await RunAsync("job", "x"));
        Assert.Equal(0, await RunAsync(new Terminal(_out), "job", "x"));

        Assert.StartsWith(
            "round\tattempt\tqueue\tstate\treason\tstatus\tstarted\tms\tdetail\n0\t1\t\tdead\t\t\t\t\t\n1\t1\t\tsucceeded\t\t\t\t\t\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains("Sent again at 2026-01-31T08:00:00Z: requeued; round 1\n", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_count_before_it_recovers_and_wait_until_that_is_done()
    {
        _api.Answers("/api/webhooks/recover", """{"count":3}""", """{"bulk_job_id":"r","kind":"recover","state":"running","done":0,"total":3}""");
        _api.Answers("/api/bulk-jobs/r", """{"bulk_job_id":"r","kind":"recover","state":"done","merchant_id":"m","done":3,"total":3,"rate_per_second":50}""");

        Assert.Equal(0, await RunAsync("recover", "--merchant", "m", "--from", "2026-01-31T08:00:00Z", "--yes"));

        Assert.Equal(["POST /api/webhooks/recover", "POST /api/webhooks/recover", "GET /api/bulk-jobs/r"], _api.Requests);
        // H8: the first one only counts.
        Assert.Equal([true, false], _api.Bodies.Select(body => (bool?)JsonNode.Parse(body)!["dry_run"] ?? false));
        Assert.Contains("r\trecover\tdone\t3\t3\t50", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_send_what_was_lost_page_by_page_and_name_what_it_cannot()
    {
        _api.Answers("/api/webhooks/recover/lost", """{"count":4}""", """{"released":3,"sent":2,"unknown":["a"],"cursor":"c"}""", """{"released":0,"sent":0,"unknown":["b"]}""");

        Assert.Equal(0, await RunAsync("recover", "lost", "--before", "2026-01-31T08:00:00Z", "--yes"));

        Assert.Equal(3, _api.Requests.Count);
        Assert.Equal(
            "2 webhooks were sent again, 3 follow out of the waiting room.\n2 must be published again, under the same delivery_id, by those who know what they say:\na\nb\n", _out.ToString());
    }

    [Fact]
    public async Task Should_ask_before_it_sends_what_was_lost()
    {
        _api.Answers("/api/webhooks/recover/lost", """{"count":4}""");

        Assert.Equal(2, await RunAsync("recover", "lost", "--before", "2026-01-31T08:00:00Z"));

        Assert.Contains("Send 4 webhooks again", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_api.Requests);
    }

    [Fact]
    public async Task Should_list_what_waits_by_every_filter()
    {
        _api.Answers("/api/waiting", """{"waiting":[{"delivery_id":"d","merchant_id":"m","event":"e","attempt":2,"reason":"retry","due_at":"2026-01-31T08:00:00Z","waits_since":"2026-01-31T07:59:00Z","on_the_road":true}]}""");

        Assert.Equal(0, await RunAsync(
            "waiting", "list", "--merchant", "m", "--event", "e", "--reason", "retry", "--attempt", "retry", "--from", "2026-01-31", "--to", "2026-02-01", "--on-the-road",
            "--unreadable", "false", "--limit", "7", "--cursor", "c"));

        Assert.Equal(
            "delivery\tmerchant\tevent\tattempt\treason\tdue at\tsince\ton the road\tunreadable\nd\tm\te\t2\tretry\t2026-01-31T08:00:00Z\t2026-01-31T07:59:00Z\ttrue\t\n", _out.ToString());
        Assert.Equal(
            "GET /api/waiting?merchant_id=m&event=e&reason=retry&attempt=retry&from=2026-01-31&to=2026-02-01&on_the_road=True&unreadable=False&limit=7&cursor=c",
            Assert.Single(_api.Requests));
    }

    [Fact]
    public async Task Should_count_before_it_releases_and_say_what_stays()
    {
        _api.Answers(
            "/api/waiting/release",
            """{"count":3000,"on_the_road":8,"held_by_disabled":2}""", """{"released":3000,"on_the_road":8,"held_by_disabled":2,"holds_ended":1}""");

        Assert.Equal(0, await RunAsync("waiting", "release", "--reason", "circuit_open", "--yes"));

        Assert.Equal(
            "3000 webhooks are due now, 8 were on the road already. Holds ended: 1. 2 stay, because their endpoint is disabled.\n", _out.ToString());
        Assert.Equal(
            [("circuit_open", true), ("circuit_open", false)],
            _api.Bodies.Select(body => JsonNode.Parse(body)!).Select(body => (body["reason"]!.ToString(), body["dry_run"]!.GetValue<bool>())));
    }

    [Fact]
    public async Task Should_cancel_until_nothing_is_left()
    {
        _api.Answers(
            "/api/waiting/cancel",
            """{"count":60000,"on_the_road":1}""", """{"cancelled":50000,"on_the_road":0,"has_more":true}""", """{"cancelled":10000,"on_the_road":1,"has_more":false}""");

        Assert.Equal(0, await RunAsync("waiting", "cancel", "--all", "--yes"));

        Assert.Equal("60000 webhooks are cancelled, 1 are on the road and stay.\n", _out.ToString());
    }

    [Theory]
    [InlineData("release", "Release 4 webhooks now?")]
    [InlineData("cancel", "Cancel 4 webhooks?")]
    public async Task Should_ask_before_it_moves_what_waits(string command, string question)
    {
        _api.Answers($"/api/waiting/{command}", """{"count":4,"on_the_road":0}""");

        Assert.Equal(2, await RunAsync("waiting", command, "01a2098c-fb14-780f-b592-1094d1f7e003"));

        Assert.Contains(question, _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("01a2098c-fb14-780f-b592-1094d1f7e003", JsonNode.Parse(Assert.Single(_api.Bodies))!["delivery_id"]!.ToString());
    }

    [Fact]
    public async Task Should_show_the_outbox_and_what_is_stuck_in_it()
    {
        const string Answer = """{"waiting":3,"oldest_age_seconds":12.5,"unreadable":0,"refused":1,"stuck":[{"message_id":"m","message_type":"t","created_at":"2026-01-31T08:00:00Z","refusals":2,"reason":"too large"}]}""";
        _api.Answers("/api/outbox", Answer, Answer);

        Assert.Equal((0, 0), (await RunAsync("outbox"), await RunAsync("outbox", "stuck")));

        Assert.Equal(
            "waiting\toldest s\trefused\tunreadable\n3\t12.5\t1\t0\nid\ttype\tsince\trefused\treason\nm\tt\t2026-01-31T08:00:00Z\t2\ttoo large\n", _out.ToString());
    }

    [Fact]
    public async Task Should_show_what_operators_changed()
    {
        _api.Answers("/api/operator-actions", """[{"at":"2026-01-31T08:00:00Z","operator":"ann","action":"pause","target":"webhooks","status_code":200,"address":"10.0.0.7"}]""");

        Assert.Equal(0, await RunAsync("actions", "--limit", "7"));

        Assert.Equal("at\toperator\taction\ttarget\tstatus\toutcome\tfrom\n2026-01-31T08:00:00Z\tann\tpause\twebhooks\t200\t\t10.0.0.7\n", _out.ToString());
        Assert.Equal("GET /api/operator-actions?limit=7", Assert.Single(_api.Requests));
    }

    // What the API calls merchant_id is --merchant here.
    [Theory]
    [InlineData("--merchant", "recover", "--from", "2026-01-31T08:00:00Z", "--yes")]
    [InlineData("--from", "recover", "--merchant", "m", "--yes")]
    [InlineData("--before", "recover", "lost", "--yes")]
    public async Task Should_name_the_option_that_is_missing(string option, params string[] command)
    {
        Assert.Equal(2, await RunAsync(command));

        Assert.StartsWith($"{option} is missing: say ", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public void Should_give_an_example_with_every_option()
    {
        var root = new RootCommand();
        new OperatorCommands(AnsiConsole.Console, _out, _error, _api).AddTo(root);
        var commands = new Queue<System.CommandLine.Command>(root.Subcommands);
        while (commands.TryDequeue(out var command))
        {
            Assert.All(
                command.Options.Where(option => option.ValueType != typeof(bool)).Select(option => (option.Name, option.Description))
                    .Concat(command.Arguments.Select(argument => (argument.Name, argument.Description))),
                symbol => Assert.True(
                    symbol.Description?.Contains("such as ", StringComparison.Ordinal) is true || symbol.Description?.Contains(": first or retry", StringComparison.Ordinal) is true,
                    $"{command.Name} {symbol.Name}: {symbol.Description}"));
            foreach (var subcommand in command.Subcommands)
            {
                commands.Enqueue(subcommand);
            }
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("/jobs")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("127.0.0.1:8090")]
    // What is asked for begins at the root, where another service may be: it would be shown the key.
    [InlineData("https://host/gateway")]
    [InlineData("https://host/?worker=1")]
    public async Task Should_refuse_what_is_no_address(string url)
    {
        Assert.Equal(2, await RunAsync("dead-letters", "list", "--url", url));

        Assert.Contains($"--url: '{url}' is not an address such as http://127.0.0.1:8090, without a path", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_api.Requests);
    }

    [Theory]
    [InlineData("no-such-command")]
    [InlineData("pause")]
    [InlineData("queues", "--no-such-option")]
    [InlineData("jobs", "--limit", "many")]
    public async Task Should_tell_a_wrong_usage_by_its_exit_code(params string[] command) => Assert.Equal(2, await RunAsync(command));

    [Fact]
    public async Task Should_say_in_a_line_that_what_was_to_be_printed_cannot_be()
    {
        using var full = new FullDisk();

        Assert.Equal(1, await RunAsync(new AnsiConsoleOutput(full), full, "jobs"));

        Assert.Equal("What was to be printed cannot be written: No space left on device\n", _error.ToString());
    }

    [Fact]
    public async Task Should_say_that_what_answers_no_JSON_is_no_worker()
    {
        _api.AnswersAll("<html>");

        Assert.Equal(1, await RunAsync("queues"));

        Assert.Equal("http://127.0.0.1:8090/ is no worker: what it answers is no JSON.\n", _error.ToString());
    }

    [Fact]
    public async Task Should_not_split_a_number_over_lines_at_a_narrow_terminal()
    {
        _api.AnswersAll("""[{"queue":"webhooks_retry","paused":false,"ready":1234567,"active":98765,"delayed":7654321,"dead":54321,"processed_today":10987654,"failed_today":123456,"oldest_waiting_seconds":86400.5,"consumers":12}]""");

        Assert.Equal(0, await RunAsync(new Terminal(_out) { Width = 80 }, "queues"));

        Assert.All(["1234567", "98765", "7654321", "54321", "10987654", "123456", "86400.5"], number => Assert.Contains(number, _out.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Should_say_which_file_cannot_be_read()
    {
        Assert.Equal(2, await RunAsync("publish", "webhook", "--merchant", "m", "--event", "e", "--payload", "/no/such/file"));

        Assert.Contains("--payload", _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_api.Requests);
    }

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
        _api.Dispose();
    }

    private Task<int> RunAsync(params string[] command) => RunAsync(new AnsiConsoleOutput(_out), command);

    private Task<int> RunAsync(IAnsiConsoleOutput output, params string[] command) => RunAsync(output, _out, command);

    private async Task<int> RunAsync(IAnsiConsoleOutput output, TextWriter plain, params string[] command)
    {
        var root = new RootCommand();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output, Ansi = AnsiSupport.No });
        _out.NewLine = _error.NewLine = "\n";
        new OperatorCommands(console, plain, _error, _api).AddTo(root);
        return await CommandEnd.RunAsync(
            root.Parse(command), new InvocationConfiguration { Output = plain, Error = _error, EnableDefaultExceptionHandler = false });
    }

    /// <summary>As <c>/dev/full</c>.</summary>
    private sealed class FullDisk : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("No space left on device");
    }

    private sealed class Terminal(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width { get; init; } = 200;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
