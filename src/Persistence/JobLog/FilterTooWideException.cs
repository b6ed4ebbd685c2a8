namespace Gateway.Persistence.JobLog;

/// <summary>
/// Too few of all jobs match a filter to be found in the time that somebody waits. The message says what to do. The query was ended: the
/// database is there for the jobs first.
/// </summary>
public sealed class FilterTooWideException(string message, Exception inner) : Exception(message, inner);
