using MassTransit;

namespace Gateway.Persistence.Sagas;

/// <summary>
/// Another message changed, inserted or removed the instance between its load and its save. Nothing was written; a retry loads what
/// the other message left.
/// </summary>
/// <param name="message">What could not be done.</param>
/// <param name="sagaType">The saga's type.</param>
/// <param name="correlationId">The instance.</param>
public sealed class SagaConflictException(string message, Type sagaType, Guid correlationId)
    : ConcurrencyException(message, sagaType, correlationId);
