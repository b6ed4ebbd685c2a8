namespace Gateway.Worker.Configuration;

/// <summary>Whether the worker runs on servers or alone.</summary>
public enum GatewayMode
{
    /// <summary>No server at all: in-memory bus and saga, SQLite file. Queued messages do not survive a stop.</summary>
    Embedded,

    /// <summary>RabbitMQ, Redis and PostgreSQL.</summary>
    Full,
}
