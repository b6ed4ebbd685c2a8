using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>Remembers of each hot wallet how far its chain had come and what was told of it, apart from the snapshots.</summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261130000200_WalletStates")]
public sealed class WalletStates : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "wallet_states",
            columns: table => new
            {
                chain = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                network = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                wallet_address = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                height = table.Column<long>(type: "bigint", nullable: true),
                published_range = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                published_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                mailed_range = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                mailed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                emptied = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: true),
                emptied_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                frozen_usdt = table.Column<decimal>(type: "numeric(36,18)", precision: 36, scale: 18, nullable: false),
                frozen_usdc = table.Column<decimal>(type: "numeric(36,18)", precision: 36, scale: 18, nullable: false),
                frozen_since = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                frozen_mailed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
            },
            constraints: table => table.PrimaryKey("pk_wallet_states", x => new { x.chain, x.network, x.wallet_address }));

        // The snapshots were the memory until now: a wallet that is out of range is not told of once more. Where the gateway has no table of
        // snapshots yet, or an older one, nobody was told of anything.
        migrationBuilder.Sql(
            """
            do $$
            begin
                insert into wallet_states (
                    chain, network, wallet_address, published_range, published_at, mailed_range, mailed_at, frozen_usdt, frozen_usdc)
                select last.chain, last.network, last.wallet_address,
                    case when last.is_below_min_threshold then 'Below' when last.is_above_max_threshold then 'Above' else 'Inside' end,
                    last.snapshot_at,
                    case when told.is_below_min_threshold then 'Below' when told.is_above_max_threshold then 'Above' else 'Inside' end,
                    told.alert_sent_at,
                    0, 0
                from (
                    select distinct on (chain, network, wallet_address) * from wallet_balance_snapshots
                    order by chain, network, wallet_address, snapshot_at desc
                ) as last
                left join (
                    select distinct on (chain, network, wallet_address) * from wallet_balance_snapshots where alert_sent
                    order by chain, network, wallet_address, snapshot_at desc
                ) as told using (chain, network, wallet_address);
            exception when undefined_table or undefined_column then
                null;
            end $$
            """);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable(name: "wallet_states");
}
