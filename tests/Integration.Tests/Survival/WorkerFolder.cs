namespace Gateway.Integration.Tests.Survival;

/// <summary>A copy of the worker's files, as a version has it on its machine. Nobody writes to it while workers run from it.</summary>
public sealed class WorkerFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-worker");

    /// <summary>Copies them.</summary>
    /// <param name="source">Published or built files.</param>
    public WorkerFolder(string source)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>Where the copy is.</summary>
    public string FullName => _folder.FullName;

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
