using System.Diagnostics;
using Xunit;

namespace Gateway.Testing;

/// <summary>
/// How long it takes until all is done, from the moment a server is right again or has gone wrong. The output of the test tells it. The bound
/// is far over what is usual, so that a busy machine breaks no test, and far under what the fault took that the test is about.
/// </summary>
public sealed class Recovery
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly string _moment;

    private Recovery(string moment) => _moment = moment;

    /// <summary>Begins now.</summary>
    /// <param name="moment">What has just happened: <c>the server takes writes</c>.</param>
    public static Recovery Begin(string moment) => new(moment);

    /// <summary>All is done; fails when that took longer than the bound.</summary>
    public void IsOver(TimeSpan bound)
    {
        var took = Stopwatch.GetElapsedTime(_began);
        TestContext.Current.TestOutputHelper!.WriteLine($"All was done {took.TotalSeconds:0.0} s after {_moment}.");
        Assert.True(took <= bound, $"It took {took.TotalSeconds:0.0} s after {_moment}; {bound.TotalSeconds} s are more than enough");
    }
}
