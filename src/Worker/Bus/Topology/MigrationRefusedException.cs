namespace Gateway.Worker.Bus.Topology;

/// <summary>A queue cannot be replaced as it stands, and nothing of it was changed.</summary>
/// <param name="message">Which, why, and what to do.</param>
public sealed class MigrationRefusedException(string message) : Exception(message);
