using Gateway.Worker.CommandLine;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Gateway.Worker.Tests.CommandLine;

/// <summary>
/// Whoever looks at the exit code alone must see that the worker did not stop because it was asked to. (docs/faults.md: G7)
/// </summary>
public sealed class When_the_worker_has_stopped
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Should_tell_by_its_exit_code_that_a_part_has_failed(bool hasFailed, int code)
    {
        using var part = new Part(hasFailed);
        await part.StartAsync(TestContext.Current.CancellationToken);
        await Task.WhenAny(part.ExecuteTask!);

        Assert.Equal(code, ServeCommand.CodeAfter([part]));
    }

    private sealed class Part(bool fails) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
            fails ? Task.FromException(new InvalidOperationException("It broke.")) : Task.CompletedTask;
    }
}
