using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Keeps every generation of a day's settlement report, and how the mail of each went.</summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261130000100_SettlementGenerations")]
public sealed class SettlementGenerations : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(
            name: "correction_mail", table: "settlement_reports", type: "character varying(64)", maxLength: 64, nullable: true);
        migrationBuilder.AddColumn<DateTime>(
            name: "checked_at", table: "settlement_reports", type: "timestamp with time zone", nullable: true);
        migrationBuilder.AddColumn<Guid>(name: "checked_by", table: "settlement_reports", type: "uuid", nullable: true);
        migrationBuilder.AddColumn<string>(
            name: "mail_refused", table: "settlement_reports", type: "character varying(1024)", maxLength: 1024, nullable: true);
        // The table has a row a day: its key is built in a moment.
        migrationBuilder.Sql(
            """
            alter table settlement_reports drop constraint pk_settlement_reports,
                add constraint pk_settlement_reports primary key (date, generation)
            """);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        // A table that holds one report a day holds the newest.
        migrationBuilder.Sql(
            """
            delete from settlement_reports older using settlement_reports newer
            where newer.date = older.date and newer.generation > older.generation;
            alter table settlement_reports drop constraint pk_settlement_reports,
                add constraint pk_settlement_reports primary key (date),
                drop column correction_mail, drop column checked_at, drop column checked_by, drop column mail_refused
            """);
    }
}
