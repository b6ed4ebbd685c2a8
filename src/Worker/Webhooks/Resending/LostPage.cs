using Gateway.Persistence.JobLog;

namespace Gateway.Worker.Webhooks.Resending;

/// <summary>A page of what RabbitMQ has lost.</summary>
/// <param name="Released">How many the waiting room sends again by itself.</param>
/// <param name="Others">Those that were neither attempted nor put aside.</param>
public sealed record LostPage(int Released, JobPage Others);
