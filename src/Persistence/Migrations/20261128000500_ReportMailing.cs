using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Lets one worker have a report for the time of its mailing, without a lock.</summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261128000500_ReportMailing")]
public sealed class ReportMailing : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<DateTime>(
            name: "mailing_until", table: "settlement_reports", type: "timestamp with time zone", nullable: true);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.DropColumn(name: "mailing_until", table: "settlement_reports");
}
