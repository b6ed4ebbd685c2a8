using Microsoft.EntityFrameworkCore;

namespace Gateway.Persistence.GatewayTables;

/// <summary>
/// Merchants for development. In production the gateway alone writes them: here one is added only to a database in which there is nothing
/// but what the worker itself has made.
/// </summary>
public sealed class DevelopmentMerchants(IDbContextFactory<GatewayDbContext> contexts, GatewaySchema schema)
{
    /// <summary>Adds an active merchant who wants every event.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="name">Its name, at most 255 characters.</param>
    /// <param name="url">Where its webhooks go.</param>
    /// <param name="secret">Signs its webhooks.</param>
    /// <param name="at">Now, UTC.</param>
    /// <param name="tell">Tells the secret to who asked; if that fails, nothing is added: a secret that nobody knows is of no use.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidOperationException">A gateway works on this database; the message names what is there of it.</exception>
    public async Task AddAsync(Guid id, string name, Uri url, string secret, DateTime at, Action tell, CancellationToken cancellationToken)
    {
        var foreign = await schema.FindForeignAsync(cancellationToken);
        if (foreign.Count > 0)
        {
            throw new InvalidOperationException(
                $"a gateway works on this database, and it alone adds merchants. Not made by the worker: {string.Join(", ", foreign)}");
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        db.Merchants.Add(new Merchant
        {
            Id = id,
            // Unique, and nobody's: RFC 2606 keeps this domain from everyone.
            Email = $"{id:N}@merchants.invalid",
            BusinessName = name,
            OwnerFullName = name,
            KycStatus = "approved",
            WebhookUrl = url.OriginalString,
            WebhookSecret = secret,
            CreatedAt = at,
            UpdatedAt = at,
        });
        await db.SaveChangesAsync(cancellationToken);
        tell();
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The latest hundred merchants, the newest first; without their secrets.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name, string Status, string? Url)>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Merchants.AsNoTracking().OrderByDescending(m => m.CreatedAt).Take(100)
            .Select(m => new { m.Id, m.BusinessName, m.Status, m.WebhookUrl }).ToListAsync(cancellationToken);
        return [.. rows.Select(m => (m.Id, m.BusinessName, m.Status, m.WebhookUrl))];
    }
}
