using Gateway.Persistence.JobLog;
using Gateway.Persistence.Recording;
using Gateway.Testing;
using Gateway.Tests.Persistence;
using Xunit;

namespace Gateway.Worker.Tests.Persistence.JobLog;

public sealed class When_rows_are_gathered : IAsyncDisposable
{
    private readonly ScriptedWriter _writer = new();
    private readonly LogLines _log = new();
    private readonly JobRecorder _recorder;

    public When_rows_are_gathered() => _recorder = new JobRecorder(
        _writer,
        new JobLogOptions
        {
            BatchSize = 10,
            Linger = TimeSpan.Zero,
            FirstRetryDelay = TimeSpan.FromMilliseconds(1),
            LastRetryDelay = TimeSpan.FromMilliseconds(2),
        },
        TimeProvider.System,
        _log.For<JobRecorder>());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _recorder.DisposeAsync();

    [Fact]
    public async Task Should_write_what_gathered_during_the_commit_before_as_one_batch()
    {
        var (reached, commit) = HoldNextWrite();
        var first = _recorder.RecordAsync(Run(), Cancellation);
        await reached;

        var others = Enumerable.Range(0, 7).Select(_ => _recorder.RecordAsync(Run(), Cancellation)).ToArray();
        commit();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(["write 1", "write 7"], _writer.Calls);
    }

    [Fact]
    public async Task Should_close_a_batch_when_it_is_full()
    {
        var (reached, commit) = HoldNextWrite();
        var first = _recorder.RecordAsync(Run(), Cancellation);
        await reached;

        var others = Enumerable.Range(0, 25).Select(_ => _recorder.RecordAsync(Run(), Cancellation)).ToArray();
        commit();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(["write 1", "write 10", "write 10", "write 5"], _writer.Calls);
    }

    [Fact]
    public async Task Should_assume_after_a_failure_that_the_commit_may_have_happened()
    {
        FailTimes(3, () => new IOException("away"));

        await _recorder.RecordAsync(Run(), Cancellation);

        Assert.Equal(["write 1", "write missing 1", "write missing 1", "write missing 1"], _writer.Calls);
        Assert.Single(_writer.Rows);
    }

    [Fact]
    public async Task Should_say_once_that_records_wait_and_once_that_they_caught_up()
    {
        FailTimes(5, () => new IOException("away"));

        await _recorder.RecordAsync(Run(), Cancellation);
        await _recorder.RecordAsync(Run(), Cancellation);

        Assert.Equal(2, _log.Lines.Count);
        Assert.StartsWith("Warning: Attempts cannot be recorded", _log.Lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Information: Attempts are recorded again", _log.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_write_the_rest_of_a_batch_when_a_row_was_there_already()
    {
        FailTimes(1, () => new DuplicateWaitObjectException());

        await _recorder.RecordAsync(Run(), Cancellation);

        Assert.Equal(["write 1", "write missing 1"], _writer.Calls);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Should_fail_the_poisonous_row_alone()
    {
        var (reached, commit) = HoldNextWrite();
        var first = _recorder.RecordAsync(Run(), Cancellation);
        await reached;

        var before = _recorder.RecordAsync(Run(), Cancellation);
        var poison = _recorder.RecordAsync(Run("poison"), Cancellation);
        var after = _recorder.RecordAsync(Run(), Cancellation);
        commit();

        await Assert.ThrowsAsync<JobRunRefusedException>(() => poison);
        await Task.WhenAll(first, before, after);
        Assert.Equal(3, _writer.Rows.Count);
        Assert.StartsWith("Error: The database refuses the record of attempt 1", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_let_a_caller_go_and_write_the_row_all_the_same()
    {
        var (reached, commit) = HoldNextWrite();
        using var impatience = new CancellationTokenSource();
        var recorded = _recorder.RecordAsync(Run(), impatience.Token);
        await reached;

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recorded);
        commit();
        await _recorder.StopAsync(Cancellation);

        Assert.Single(_writer.Rows);
    }

    [Fact]
    public async Task Should_accept_nothing_that_nobody_waits_for()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _recorder.RecordAsync(Run(), new CancellationToken(canceled: true)));
        await _recorder.StopAsync(Cancellation);

        Assert.Empty(_writer.Calls);
    }

    [Fact]
    public async Task Should_return_to_the_queue_what_it_cannot_write_before_the_host_has_to_end()
    {
        FailTimes(int.MaxValue, () => new IOException("away"));
        var recorded = Enumerable.Range(0, 3).Select(_ => _recorder.RecordAsync(Run(), Cancellation)).ToArray();

        await _recorder.StopAsync(new CancellationToken(canceled: true));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(recorded));
        Assert.All(recorded, task => Assert.True(task.IsCanceled));
        Assert.Contains("Warning: Stopped with 3 attempts not recorded; their messages return to the queue", _log.Lines);
        Assert.True(_writer.IsDisposed);
    }

    [Fact]
    public async Task Should_end_twice_without_complaint()
    {
        await _recorder.StopAsync(Cancellation);

        await _recorder.DisposeAsync();
        await _recorder.DisposeAsync();

        Assert.True(_writer.IsDisposed);
    }

    private static JobRun Run(string? reason = null) => new()
    {
        RunId = Guid.CreateVersion7(),
        JobId = Guid.CreateVersion7(),
        JobType = "webhook:delivery",
        Queue = "webhooks",
        Attempt = 1,
        State = JobState.Succeeded,
        Reason = reason,
        StartedAt = Rows.Noon,
        DurationMs = 1,
    };

    private void FailTimes(int times, Func<Exception> failure) => _writer.Answer = () => times-- > 0 ? Task.FromException(failure()) : Task.CompletedTask;

    /// <summary>The next write stops until the test lets it go on; the task tells that it got there.</summary>
    private (Task Reached, Action Commit) HoldNextWrite()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _writer.Answer = () =>
        {
            _writer.Answer = () => Task.CompletedTask;
            reached.SetResult();
            return released.Task;
        };
        return (reached.Task, released.SetResult);
    }
}
