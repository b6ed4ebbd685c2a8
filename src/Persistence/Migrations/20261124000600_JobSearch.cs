using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Gateway.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class JobSearch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_job_runs_job_type_started_at",
                table: "job_runs",
                columns: new[] { "job_type", "started_at" },
                filter: "job_type <> 'webhook:delivery'");

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_merchant_id_started_at1",
                table: "job_runs",
                columns: new[] { "merchant_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_queue_started_at",
                table: "job_runs",
                columns: new[] { "queue", "started_at" },
                filter: "queue <> 'webhooks'");

            migrationBuilder.CreateIndex(
                name: "ix_job_runs_state_started_at",
                table: "job_runs",
                columns: new[] { "state", "started_at" },
                filter: "state <> 1");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_job_runs_job_type_started_at",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_merchant_id_started_at1",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_queue_started_at",
                table: "job_runs");

            migrationBuilder.DropIndex(
                name: "ix_job_runs_state_started_at",
                table: "job_runs");
        }
    }
}
