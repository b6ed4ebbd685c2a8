using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Gateway.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class WaitingRoom : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "failed_probes",
                table: "webhook_endpoints",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTime>(
                name: "held_since",
                table: "webhook_endpoints",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "held_until",
                table: "webhook_endpoints",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "held_url",
                table: "webhook_endpoints",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "hold_reason",
                table: "webhook_endpoints",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<short>(
                name: "round",
                table: "job_runs",
                type: "smallint",
                nullable: false,
                defaultValue: (short)0)
                .Annotation("Relational:ColumnOrder", 13);

            migrationBuilder.CreateTable(
                name: "dead_letters",
                columns: table => new
                {
                    letter_id = table.Column<Guid>(type: "uuid", nullable: false),
                    died_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    queue = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    was_skipped = table.Column<bool>(type: "boolean", nullable: false),
                    job_id = table.Column<Guid>(type: "uuid", nullable: true),
                    merchant_id = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: true),
                    @event = table.Column<string>(name: "event", type: "character varying(255)", maxLength: 255, nullable: true),
                    reason = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    error = table.Column<string>(type: "character varying(1024)", maxLength: 1024, nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: true),
                    body = table.Column<byte[]>(type: "bytea", nullable: true),
                    headers = table.Column<byte[]>(type: "bytea", nullable: true),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    changed_by = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    changed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    requeue_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_dead_letters", x => x.letter_id);
                });

            migrationBuilder.CreateTable(
                name: "waiting_leases",
                columns: table => new
                {
                    delivery_id = table.Column<Guid>(type: "uuid", nullable: false),
                    merchant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    release_id = table.Column<Guid>(type: "uuid", nullable: false),
                    leased_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    releases = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waiting_leases", x => new { x.delivery_id, x.merchant_id });
                });

            migrationBuilder.CreateTable(
                name: "waiting_merchants",
                columns: table => new
                {
                    merchant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    next_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    rank = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waiting_merchants", x => x.merchant_id);
                });

            migrationBuilder.CreateTable(
                name: "waiting_webhooks",
                columns: table => new
                {
                    delivery_id = table.Column<Guid>(type: "uuid", nullable: false),
                    merchant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    waits_since = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    enqueued_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    round = table.Column<short>(type: "smallint", nullable: false),
                    reason = table.Column<short>(type: "smallint", nullable: false),
                    faults = table.Column<short>(type: "smallint", nullable: false),
                    is_redelivered = table.Column<bool>(type: "boolean", nullable: false),
                    @event = table.Column<string>(name: "event", type: "character varying(255)", maxLength: 255, nullable: false),
                    trace_parent = table.Column<string>(type: "character varying(55)", maxLength: 55, nullable: true),
                    unreadable_reason = table.Column<string>(type: "character varying(1024)", maxLength: 1024, nullable: true),
                    message = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waiting_webhooks", x => new { x.delivery_id, x.merchant_id });
                });

            migrationBuilder.CreateTable(
                name: "workers",
                columns: table => new
                {
                    worker_id = table.Column<Guid>(type: "uuid", nullable: false),
                    host = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    started_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_workers", x => x.worker_id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_webhook_endpoints_held_until",
                table: "webhook_endpoints",
                column: "held_until",
                filter: "held_until is not null");

            migrationBuilder.CreateIndex(
                name: "ix_dead_letters_died_at",
                table: "dead_letters",
                column: "died_at",
                filter: "state = 0");

            migrationBuilder.CreateIndex(
                name: "ix_dead_letters_job_id",
                table: "dead_letters",
                column: "job_id");

            migrationBuilder.CreateIndex(
                name: "ix_dead_letters_letter_id",
                table: "dead_letters",
                column: "letter_id",
                filter: "state = 1");

            migrationBuilder.CreateIndex(
                name: "ix_dead_letters_merchant_id_died_at",
                table: "dead_letters",
                columns: new[] { "merchant_id", "died_at" },
                filter: "state = 0");

            migrationBuilder.CreateIndex(
                name: "ix_dead_letters_queue_died_at",
                table: "dead_letters",
                columns: new[] { "queue", "died_at" },
                filter: "state = 0");

            migrationBuilder.CreateIndex(
                name: "ix_dead_letters_requeue_id_state",
                table: "dead_letters",
                columns: new[] { "requeue_id", "state" },
                filter: "requeue_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_waiting_leases_merchant_id",
                table: "waiting_leases",
                column: "merchant_id");

            migrationBuilder.CreateIndex(
                name: "ix_waiting_merchants_next_at",
                table: "waiting_merchants",
                column: "next_at");

            migrationBuilder.CreateIndex(
                name: "ix_waiting_webhooks_due_at",
                table: "waiting_webhooks",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_waiting_webhooks_merchant_id_due_at",
                table: "waiting_webhooks",
                columns: new[] { "merchant_id", "due_at" });

            // Rows come and go. What is dead is cleared before it is a fifth of the table, and a page keeps room for the next version of a row.
            migrationBuilder.Sql(
                """
                alter table waiting_webhooks set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
                    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
                alter table waiting_leases set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
                alter table waiting_merchants set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "dead_letters");

            migrationBuilder.DropTable(
                name: "waiting_leases");

            migrationBuilder.DropTable(
                name: "waiting_merchants");

            migrationBuilder.DropTable(
                name: "waiting_webhooks");

            migrationBuilder.DropTable(
                name: "workers");

            migrationBuilder.DropIndex(
                name: "ix_webhook_endpoints_held_until",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "failed_probes",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "held_since",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "held_until",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "held_url",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "hold_reason",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "round",
                table: "job_runs");
        }
    }
}
