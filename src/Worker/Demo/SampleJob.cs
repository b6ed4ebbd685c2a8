using Gateway.Worker.Jobs;

namespace Gateway.Worker.Demo;

/// <summary>A scheduled job of the demo, asked for once.</summary>
/// <param name="Id">The job.</param>
/// <param name="Job">Its type.</param>
/// <param name="Message">What asks for it.</param>
internal sealed record SampleJob(Guid Id, JobDefinition Job, object Message);
