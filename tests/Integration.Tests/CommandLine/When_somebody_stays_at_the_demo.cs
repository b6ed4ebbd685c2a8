using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Testing;
using Gateway.Testing.Workers;
using Xunit;

namespace Gateway.Integration.Tests.CommandLine;

public sealed class When_somebody_stays_at_the_demo
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Should_live_until_it_is_stopped_and_leave_nothing(string signal)
    {
        var temporary = Directory.CreateTempSubdirectory("gateway-stay-");
        try
        {
            await using var demo = await WorkerProcess.StartAsync(
                new WorkerStart([new("TMPDIR", temporary.FullName)]) { Command = ["demo", "--stay"] });
            using var api = new HttpClient { BaseAddress = await demo.Address };

            Assert.Contains("<title>", await api.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
            await demo.WaitUntilLoggedAsync("until Ctrl+C");
            var before = await CountAsync(api);
            await Eventually.Read(() => CountAsync(api), jobs => jobs > before, "more deliveries");
            Assert.NotEmpty(temporary.GetFiles("demo.db", SearchOption.AllDirectories));

            await demo.SignalAsync(signal);
            Assert.Equal(0, await demo.WaitUntilEndedAsync());
            Assert.Empty(temporary.GetDirectories("gateway-demo-*"));
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Should_end_in_good_order_although_it_has_hardly_begun()
    {
        await using var demo = await WorkerProcess.StartAsync(new WorkerStart([]) { Command = ["demo", "--stay"] });

        await demo.SignalAsync("INT");

        Assert.Equal(0, await demo.WaitUntilEndedAsync());
    }

    private static async Task<int> CountAsync(HttpClient api) =>
        (await api.GetFromJsonAsync<JsonElement>("/api/jobs?type=webhook:delivery&limit=500", Cancellation)).GetProperty("jobs").GetArrayLength();
}
