using Gateway.Persistence.Bulk;

namespace Gateway.Worker.Bulk;

/// <summary>What one kind of bulk job does.</summary>
public interface IBulkWork
{
    /// <summary>The kind of bulk job that it does.</summary>
    BulkKind Kind { get; }

    /// <summary>Whether it sends messages, and so waits while RabbitMQ takes none.</summary>
    bool Sends { get; }

    /// <summary>
    /// Does the next page, and keeps how far the job is. Nobody else has the turn meanwhile. Whatever it throws, the same page comes again.
    /// </summary>
    Task DoNextAsync(BulkJob job, CancellationToken cancellationToken);
}
