using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Testing.Workers;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Integration.Tests.Dashboard;

[Collection(SameGateway.Name)]
public sealed class When_the_connection_breaks(Browser browser) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-dashboard");

    [Fact]
    public async Task Should_say_so_and_come_back_by_itself()
    {
        var settings = new Dictionary<string, string>
        {
            ["GATEWAY_MODE"] = "embedded",
            ["DB_FILE"] = Path.Combine(_folder.FullName, "gateway.db"),
            ["OPS_URL"] = $"http://127.0.0.1:{FreePort().ToString(CultureInfo.InvariantCulture)}",
        };
        await using var first = await WorkerProcess.StartAsync(settings);
        await using var visit = await browser.OpenAsync(await first.Address);
        await visit.GoAsync("/waiting");

        await first.KillAsync();
        await visit.Page.GetByText("The connection to the worker is broken.").WaitForAsync();

        await using var second = await WorkerProcess.StartAsync(settings);
        await visit.Page.Locator("#away").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Waiting" }).WaitForAsync();
        Assert.EndsWith("/waiting", visit.Page.Url, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
