using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.FirstHour;

public sealed class When_the_contracts_are_packed : IDisposable
{
    private static readonly string[] Quietly = ["-c", "Release", "--disable-build-servers", "-nologo", "-v", "quiet"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-contracts-");
    private readonly string _version = $"0.0.0-test{Guid.CreateVersion7():N}";

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        // The consumer's restore leaves it among everybody's packages, under a version that is this test's own.
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var restored = Path.Combine(packages, "gateway.contracts", _version);
        if (Directory.Exists(restored))
        {
            Directory.Delete(restored, recursive: true);
        }
    }

    [Fact]
    public async Task Should_be_of_use_to_a_project_that_has_nothing_but_the_package()
    {
        var output = Path.Combine(_folder.FullName, "artifacts");
        await DotnetAsync(["pack", Repository.PathOf("src/Contracts"), "-o", output, $"-p:PackageVersion={_version}", .. Quietly]);

        await using (var package = await ZipFile.OpenReadAsync(
            Path.Combine(output, $"Gateway.Contracts.{_version}.nupkg"), TestContext.Current.CancellationToken))
        {
            var files = package.Entries.Select(entry => entry.FullName).ToArray();
            foreach (var framework in (string[])["net8.0", "net10.0"])
            {
                Assert.Contains($"lib/{framework}/Gateway.Contracts.dll", files);
                Assert.Contains($"lib/{framework}/Gateway.Contracts.xml", files);
            }

            Assert.Contains("README.md", files);
            Assert.Contains("icon.png", files);
        }

        Assert.True(File.Exists(Path.Combine(output, $"Gateway.Contracts.{_version}.snupkg")));
        var consumer = Path.Combine(_folder.FullName, "consumer");
        Directory.CreateDirectory(consumer);
        await WriteAsync(
            consumer,
            "Consumer.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFrameworks>net8.0;net10.0</TargetFrameworks>
                <RollForward>Major</RollForward>
                <UseAppHost>false</UseAppHost>
                <RestoreAdditionalProjectSources>{output}</RestoreAdditionalProjectSources>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Gateway.Contracts" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);
        await WriteAsync(
            consumer,
            "Shop.cs",
            """
            using System.Text.Json;
            using Gateway.Contracts;

            System.Console.WriteLine(JsonSerializer.Serialize(new DeliverWebhook
            {
                MerchantId = "0c5b",
                Event = "payment.completed",
                Payload = JsonDocument.Parse("{\"amount\": 1.10}").RootElement,
            }));
            """);
        await DotnetAsync(["build", consumer, .. Quietly]);

        foreach (var framework in (string[])["net8.0", "net10.0"])
        {
            using var message = JsonDocument.Parse(
                await DotnetAsync(Path.Combine(consumer, "bin", "Release", framework, "Consumer.dll")));
            var id = message.RootElement.GetProperty("delivery_id").GetGuid();
            Assert.Equal((7, 8), (id.Version, id.Variant & 0b1100));
            // An id that sorts: its first 48 bits are the milliseconds of now.
            var milliseconds = long.Parse(id.ToString("N")[..12], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var madeAt = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
            Assert.InRange(madeAt, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1));
            Assert.Equal("""{"amount": 1.10}""", message.RootElement.GetProperty("payload").GetRawText());
        }
    }

    private static Task WriteAsync(string folder, string name, string text) =>
        File.WriteAllTextAsync(Path.Combine(folder, name), text, TestContext.Current.CancellationToken);

    private static async Task<string> DotnetAsync(params string[] words)
    {
        var run = await Command.RunAsync(["dotnet", .. words], TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, $"dotnet {string.Join(' ', words)}: {run.Output}{run.Errors}");
        return run.Output;
    }
}
