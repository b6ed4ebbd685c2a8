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
            migrationBuilder.CreateIndexConcurrently(
                "ix_job_runs_job_type_started_at", "job_runs (job_type, started_at) where job_type <> 'webhook:delivery'");
            migrationBuilder.CreateIndexConcurrently("ix_job_runs_merchant_id_started_at1", "job_runs (merchant_id, started_at)");
            migrationBuilder.CreateIndexConcurrently(
                "ix_job_runs_queue_started_at", "job_runs (queue, started_at) where queue <> 'webhooks'");
            migrationBuilder.CreateIndexConcurrently("ix_job_runs_state_started_at", "job_runs (state, started_at) where state <> 1");
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
