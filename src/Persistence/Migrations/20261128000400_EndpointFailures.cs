using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Adds how often, and not only since when, an endpoint has done nothing but fail.</summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261128000400_EndpointFailures")]
public sealed class EndpointFailures : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>(
            name: "failed_times", table: "webhook_endpoints", type: "integer", nullable: false, defaultValue: 0);
        migrationBuilder.AddColumn<DateTime>(
            name: "last_failed_at", table: "webhook_endpoints", type: "timestamp with time zone", nullable: true);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropColumn(name: "last_failed_at", table: "webhook_endpoints");
        migrationBuilder.DropColumn(name: "failed_times", table: "webhook_endpoints");
    }
}
