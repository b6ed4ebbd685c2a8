using System.Data.Common;
using Gateway.Persistence.Conversion;
using Gateway.Persistence.Outbox;
using Gateway.Persistence.Webhooks;

namespace Gateway.Persistence.Recording;

/// <summary>
/// The statements of an <see cref="EndpointChange"/>, which PostgreSQL and SQLite both understand. They are rare: one each is quick enough.
/// </summary>
internal static class EndpointChangeStatements
{
    private const string Hold =
        """
        insert into webhook_endpoints as known (merchant_id, held_until, held_since, hold_reason, held_url, failed_probes, updated_at)
        values (@merchant_id, @until, @at, @reason, @url, @failed_probes, @at)
        on conflict (merchant_id) do update
        set held_until = excluded.held_until, hold_reason = excluded.hold_reason, held_url = excluded.held_url,
            failed_probes = excluded.failed_probes, updated_at = excluded.updated_at,
            held_since = case
                when known.held_url = excluded.held_url and (known.hold_reason = 'circuit_open' or known.held_until > excluded.updated_at)
                    then known.held_since
                else excluded.held_since end
        where known.held_until is null or known.held_url is null or known.held_url <> excluded.held_url
            or known.held_until < excluded.held_until or known.failed_probes < excluded.failed_probes
        """;

    private const string EndHold =
        """
        update webhook_endpoints
        set held_until = null, held_since = null, hold_reason = null, held_url = null, failed_probes = 0, updated_at = @at
        where merchant_id = @merchant_id and held_until is not null
        """;

    private const string ProbeAgain =
        """
        update webhook_endpoints set held_until = @at, updated_at = @at
        where merchant_id = @merchant_id and held_url = @url and hold_reason = 'circuit_open' and held_until > @at
        """;

    private const string Disable =
        """
        insert into webhook_endpoints as known (merchant_id, disabled_at, disabled_reason, disabled_url, failed_probes, updated_at)
        values (@merchant_id, @at, @reason, @url, 0, @at)
        on conflict (merchant_id) do update
        set disabled_at = excluded.disabled_at, disabled_reason = excluded.disabled_reason,
            disabled_url = excluded.disabled_url, updated_at = excluded.updated_at
        where known.disabled_at is null or known.disabled_url is null or known.disabled_url <> excluded.disabled_url
        """;

    /// <summary>Makes the changes in a transaction.</summary>
    /// <returns>The messages that tell others of those that changed something.</returns>
    public static async Task<IReadOnlyList<OutboxMessage>> ApplyAsync(
        DbConnection connection, DbTransaction transaction, IReadOnlyList<EndpointChange> changes, CancellationToken cancellationToken)
    {
        List<OutboxMessage> notifications = [];
        foreach (var change in changes)
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            Add(command, "merchant_id", change.MerchantId);
            Add(command, "at", UtcTime.Checked(change.At));
            switch (change)
            {
                case EndpointChange.Hold hold:
                    command.CommandText = Hold;
                    Add(command, "until", UtcTime.Checked(hold.Until));
                    Add(command, "reason", hold.Reason);
                    Add(command, "url", hold.Url);
                    Add(command, "failed_probes", hold.FailedProbes);
                    break;
                case EndpointChange.EndHold:
                    command.CommandText = EndHold;
                    break;
                case EndpointChange.ProbeAgain again:
                    command.CommandText = ProbeAgain;
                    Add(command, "url", again.Url);
                    break;
                case EndpointChange.Disable disable:
                    command.CommandText = Disable;
                    Add(command, "reason", disable.Reason);
                    Add(command, "url", disable.Url);
                    break;
            }

            if (await command.ExecuteNonQueryAsync(cancellationToken) > 0 && change is EndpointChange.Disable { Notification: { } message })
            {
                notifications.Add(message);
            }
        }

        return notifications;
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
