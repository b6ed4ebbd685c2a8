using Gateway.Testing;
using Xunit;

namespace Gateway.Integration.Tests.Settlement;

/// <summary>LibreOffice Calc without a screen (Debian's package is libreoffice-calc-nogui), in a profile of its own.</summary>
internal static class LibreOffice
{
    private const string Program = "/usr/bin/soffice";

    public static bool IsInstalled => File.Exists(Program);

    /// <summary>Opens a workbook where the machine's locale is the named one, and returns the cells of its first sheet as they are shown.</summary>
    public static async Task<string[][]> ShowAsync(byte[] workbook, string locale)
    {
        var folder = Directory.CreateTempSubdirectory("gateway-libreoffice-");
        try
        {
            var profile = folder.CreateSubdirectory("profile/user");
            await File.WriteAllTextAsync(
                Path.Combine(profile.FullName, "registrymodifications.xcu"),
                $"""
                <?xml version="1.0" encoding="UTF-8"?>
                <oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
                <item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop></item>
                </oor:items>
                """,
                TestContext.Current.CancellationToken);
            var file = Path.Combine(folder.FullName, "report.xlsx");
            await File.WriteAllBytesAsync(file, workbook, TestContext.Current.CancellationToken);
            await ConvertAsync(folder, file);
            // Tab-separated, UTF-8, cells as they are shown.
            var lines = await File.ReadAllLinesAsync(Path.Combine(folder.FullName, "report.csv"), TestContext.Current.CancellationToken);
            return [.. lines.Select(line => line.Split('\t').Select(cell => cell.Trim('"')).ToArray())];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ConvertAsync(DirectoryInfo folder, string file)
    {
        var converted = await Command.RunAsync(
            [
                Program, $"-env:UserInstallation=file://{folder.FullName}/profile", "--headless", "--convert-to",
                "csv:Text - txt - csv (StarCalc):9,34,76", "--outdir", folder.FullName, file,
            ],
            TestContext.Current.CancellationToken);
        Assert.True(converted.ExitCode == 0 && File.Exists(Path.Combine(folder.FullName, "report.csv")), $"{converted.Output}\n{converted.Errors}");
    }
}
