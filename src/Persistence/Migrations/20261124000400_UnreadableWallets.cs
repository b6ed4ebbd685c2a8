using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Gateway.Persistence.Migrations
{
    /// <inheritdoc />
    public partial class UnreadableWallets : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "unreadable_wallets",
                columns: table => new
                {
                    chain = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    network = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    wallet_address = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                    since = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    told_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_unreadable_wallets", x => new { x.chain, x.network, x.wallet_address });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "unreadable_wallets");
        }
    }
}
