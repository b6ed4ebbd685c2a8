using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Adds what each worker is configured to do about the schedules.</summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261128000200_ScheduleSettings")]
public sealed class ScheduleSettings : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateTable(
            name: "schedule_settings",
            columns: table => new
            {
                schedule = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                worker_id = table.Column<Guid>(type: "uuid", nullable: false),
                host = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                cron = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                time_zone = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                is_enabled = table.Column<bool>(type: "boolean", nullable: false),
                since = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table => table.PrimaryKey("pk_schedule_settings", x => new { x.schedule, x.worker_id }));

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable(name: "schedule_settings");
}
