using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Lets a message of the outbox be lent to one worker without a lock, and be set aside when the broker refuses it.</summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261128000300_OutboxRefusals")]
public sealed class OutboxRefusals : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<DateTime>(
            name: "not_before", table: "outbox_messages", type: "timestamp with time zone", nullable: true);
        migrationBuilder.AddColumn<short>(
            name: "refusals", table: "outbox_messages", type: "smallint", nullable: false, defaultValue: (short)0);
        migrationBuilder.AddColumn<string>(
            name: "refused_reason", table: "outbox_messages", type: "character varying(1024)", maxLength: 1024, nullable: true);
        migrationBuilder.CreateIndex(
            name: "ix_outbox_messages_not_before", table: "outbox_messages", column: "not_before", filter: "refused_reason is not null");
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndex(name: "ix_outbox_messages_not_before", table: "outbox_messages");
        migrationBuilder.DropColumn(name: "refused_reason", table: "outbox_messages");
        migrationBuilder.DropColumn(name: "refusals", table: "outbox_messages");
        migrationBuilder.DropColumn(name: "not_before", table: "outbox_messages");
    }
}
