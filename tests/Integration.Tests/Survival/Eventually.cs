using System.Diagnostics;
using Xunit;

namespace Gateway.Integration.Tests.Survival;

/// <summary>Waits for what another process does. Nothing is asserted about how long it takes: the patience only ends a hopeless wait.</summary>
internal static class Eventually
{
    /// <summary>Far more than anything here takes on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again until the answer is as expected; a failure tells the last answer.</summary>
    public static async Task<T> AnswersAsync<T>(Func<Task<T>> ask, Predicate<T> isExpected, string what)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (isExpected(answer))
            {
                return answer;
            }

            Assert.True(waited.Elapsed < Patience, $"{what} did not come; at last it was: {answer}");
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
