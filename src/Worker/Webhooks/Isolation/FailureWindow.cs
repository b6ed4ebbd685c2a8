namespace Gateway.Worker.Webhooks.Isolation;

/// <summary>How a merchant's attempts of the last minute ended, in steps of ten seconds. Not safe for several threads at once.</summary>
internal sealed class FailureWindow(TimeProvider time)
{
    // Eight attempts that all fail are enough: as many as hang together at the default concurrency.
    private const int MinimumAttempts = 8;
    private const double FailureRatio = 0.8;
    private const int Steps = 6;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private readonly (long At, int Attempts, int Failures)[] _steps = new (long, int, int)[Steps];

    /// <summary>Counts an attempt.</summary>
    /// <returns>Whether most of the last minute's have failed with this one; then the count starts afresh.</returns>
    public bool Note(bool hasFailed)
    {
        // From 1, so that a step that was never used is not taken for the first one.
        var now = (long)(time.GetElapsedTime(0) / Step) + 1;
        ref var step = ref _steps[now % Steps];
        if (step.At != now)
        {
            step = (now, 0, 0);
        }

        step.Attempts++;
        step.Failures += hasFailed ? 1 : 0;
        if (!hasFailed)
        {
            return false;
        }

        var (attempts, failures) = (0, 0);
        foreach (var (at, ofStep, failuresOfStep) in _steps)
        {
            if (at > now - Steps)
            {
                attempts += ofStep;
                failures += failuresOfStep;
            }
        }

        if (attempts < MinimumAttempts || failures < attempts * FailureRatio)
        {
            return false;
        }

        Array.Clear(_steps);
        return true;
    }
}
