using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Ops.Jobs;

/// <summary>A page of jobs, the newest first.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Cursor">Give it back as <c>cursor</c> for the next page; null on the last one.</param>
public sealed record JobPageResponse(IReadOnlyList<JobResponse> Jobs, string? Cursor)
{
    /// <summary>Shows a page.</summary>
    public static JobPageResponse From(JobPage page) => new([.. page.Jobs.Select(JobResponse.From)], page.Next?.ToString());
}
