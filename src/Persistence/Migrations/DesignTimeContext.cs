using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Npgsql;

namespace Gateway.Persistence.Migrations;

/// <summary>Lets <c>dotnet ef migrations add NAME --project src/Persistence</c> see the PostgreSQL model. Nothing connects.</summary>
internal sealed class DesignTimeContext : IDesignTimeDbContextFactory<GatewayDbContext>
{
    public GatewayDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<GatewayDbContext>();
        options.UseGatewayPostgres(NpgsqlDataSource.Create("Host=localhost"));
        return new GatewayDbContext(options.Options);
    }
}
