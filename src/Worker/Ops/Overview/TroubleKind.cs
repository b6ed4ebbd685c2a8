namespace Gateway.Worker.Ops.Overview;

/// <summary>What can be wrong: the conditions of the alert rules, as far as one worker knows them.</summary>
public enum TroubleKind
{
    /// <summary>A server is away.</summary>
    ServerAway,

    /// <summary>A server is there and not as it should be.</summary>
    ServerDegraded,

    /// <summary>A worker has ended without a word, or cannot reach the database.</summary>
    WorkerSilent,

    /// <summary>RabbitMQ is short of memory or disk.</summary>
    BrokerAlarm,

    /// <summary>Jobs of a type fail.</summary>
    JobsFailing,

    /// <summary>Messages wait in a queue for long.</summary>
    QueueOld,

    /// <summary>An operator paused a queue.</summary>
    QueuePaused,

    /// <summary>Webhooks that are due are not sent.</summary>
    WaitingLate,

    /// <summary>Webhooks that wait cannot be read.</summary>
    WaitingUnreadable,

    /// <summary>Nobody deals with dead letters.</summary>
    DeadLetters,

    /// <summary>A schedule's job has not succeeded since its last tick.</summary>
    ScheduleLate,

    /// <summary>An operator paused a schedule.</summary>
    SchedulePaused,

    /// <summary>Messages wait in the outbox for long.</summary>
    OutboxOld,

    /// <summary>Messages in the outbox cannot be published.</summary>
    OutboxStuck,

    /// <summary>Endpoints are disabled.</summary>
    EndpointsDisabled,

    /// <summary>Endpoints fail.</summary>
    EndpointsFailing,

    /// <summary>A wallet cannot be read.</summary>
    WalletUnreadable,

    /// <summary>A wallet holds less than it should.</summary>
    WalletBelow,

    /// <summary>A wallet holds more than it should.</summary>
    WalletAbove,

    /// <summary>All of a token has left a wallet.</summary>
    WalletEmptied,

    /// <summary>The issuer of a token has frozen what a wallet holds of it.</summary>
    WalletFrozen,

    /// <summary>Payments are due and have not expired.</summary>
    PaymentsNotExpired,

    /// <summary>The settlement report of yesterday is not written.</summary>
    ReportMissing,

    /// <summary>Settlement reports leave out rows that cannot be read.</summary>
    ReportIncomplete,
}
