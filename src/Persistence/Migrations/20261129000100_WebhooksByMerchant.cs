using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Keeps what a webhook said by its id and its merchant: two merchants may have one under the same id.</summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261129000100_WebhooksByMerchant")]
public sealed class WebhooksByMerchant : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateIndexConcurrently("pk_kept_webhooks_by_merchant", "kept_webhooks (delivery_id, merchant_id)", isUnique: true);
        // The lock is for a moment only: the index becomes the key, and takes its name.
        migrationBuilder.Sql(
            """
            alter table kept_webhooks drop constraint pk_kept_webhooks,
                add constraint pk_kept_webhooks primary key using index pk_kept_webhooks_by_merchant
            """);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        "alter table kept_webhooks drop constraint pk_kept_webhooks, add constraint pk_kept_webhooks primary key (delivery_id)");
}
