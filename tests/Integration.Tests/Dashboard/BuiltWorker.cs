namespace Gateway.Integration.Tests.Dashboard;

/// <summary>The worker where it was built: beside it is what its pages load, which the tests' own folder has not.</summary>
internal static class BuiltWorker
{
    public static string Folder { get; } = Find();

    // .../tests/Integration.Tests/bin/Release/net10.0/
    private static string Find()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Repository.PathOf(Path.Combine("src", "Worker", "bin", own.Parent!.Name, own.Name));
    }
}
