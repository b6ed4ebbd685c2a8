namespace Gateway.Worker.CommandLine;

/// <summary>What a script can tell from the process's end.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongConfiguration = 2;
    public const int NotReachable = 3;
    public const int KeyRefused = 4;
    public const int NotFound = 5;
}
