using Gateway.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Gateway.Worker.Ops.Merchants;

/// <summary>Names merchants, for people who do not know them by their id.</summary>
public sealed class MerchantNames(IDbContextFactory<GatewayDbContext> contexts)
{
    /// <summary>The names of merchants by id, as far as they exist.</summary>
    /// <param name="merchantIds">Their ids as text; null, and what is no id, is passed over.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyDictionary<string, string>> FindAsync(
        IEnumerable<string?> merchantIds, CancellationToken cancellationToken)
    {
        Guid[] ids =
        [
            .. merchantIds.Select(id => Guid.TryParse(id, out var parsed) ? parsed : Guid.Empty).Where(id => id != Guid.Empty).Distinct(),
        ];
        if (ids.Length == 0)
        {
            return new Dictionary<string, string>();
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Merchants.AsNoTracking().Where(merchant => ids.Contains(merchant.Id))
            .ToDictionaryAsync(merchant => merchant.Id.ToString(), merchant => merchant.BusinessName, cancellationToken);
    }
}
