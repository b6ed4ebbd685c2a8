using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>
/// Creates the gateway's tables where there is none of them, so that the worker also runs on an empty database. Where there is one, the
/// database is the gateway's, whose own migrations make the others: one that was made here would be in their way. Written by hand: the model
/// excludes these tables from migrations. No later migration may alter one.
/// </summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261201000000_GatewayTables")]
public sealed class GatewayTables : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        // All of them or none.
        migrationBuilder.Sql(
            """
            do $$
            begin
                if coalesce(to_regclass('merchants'), to_regclass('payments'), to_regclass('payouts'), to_regclass('wallet_balance_snapshots')) is null then
                    create table merchants (
                        id uuid not null constraint pk_merchants primary key,
                        email varchar(255) not null constraint uq_merchants_email unique,
                        business_name varchar(255) not null,
                        owner_full_name varchar(255) not null,
                        kyc_status varchar(20) not null default 'pending',
                        kyc_tier varchar(10) not null default 'tier1',
                        webhook_url text,
                        webhook_secret varchar(255),
                        webhook_events text[],
                        status varchar(20) not null default 'active',
                        metadata jsonb,
                        created_at timestamp without time zone not null,
                        updated_at timestamp without time zone not null,
                        deleted_at timestamp without time zone
                    );
                    create function merchants_keep_updated_at() returns trigger language plpgsql as
                    $body$ begin new.updated_at = now() at time zone 'utc'; return new; end $body$;
                    create trigger keep_updated_at before update on merchants
                        for each row execute function merchants_keep_updated_at();

                    create table payments (
                        id uuid not null constraint pk_payments primary key,
                        merchant_id uuid not null constraint fk_payments_merchants_merchant_id references merchants (id),
                        amount_vnd numeric(20,2) not null constraint ck_payments_amount_vnd check (amount_vnd > 0),
                        amount_crypto numeric(20,8) not null constraint ck_payments_amount_crypto check (amount_crypto > 0),
                        currency varchar(10) not null,
                        chain varchar(20) not null,
                        exchange_rate numeric(20,6) not null,
                        order_id varchar(255),
                        description text,
                        callback_url text,
                        status varchar(20) not null default 'created',
                        tx_hash varchar(255),
                        tx_confirmations integer default 0,
                        from_address varchar(255),
                        payment_reference varchar(100) not null constraint uq_payments_payment_reference unique,
                        destination_wallet varchar(255) not null,
                        expires_at timestamp without time zone not null,
                        paid_at timestamp without time zone,
                        confirmed_at timestamp without time zone,
                        fee_percentage numeric(5,4) not null default 0.0100,
                        fee_vnd numeric(20,2),
                        net_amount_vnd numeric(20,2),
                        failure_reason text,
                        metadata jsonb,
                        created_at timestamp without time zone not null,
                        updated_at timestamp without time zone not null,
                        deleted_at timestamp without time zone
                    );
                    create index ix_payments_merchant_id on payments (merchant_id);
                    create index ix_payments_order_id on payments (order_id) where order_id is not null;
                    create index ix_payments_tx_hash on payments (tx_hash) where tx_hash is not null;
                    create index ix_payments_expires_at on payments (expires_at) where status in ('created', 'pending');

                    create table payouts (
                        id uuid not null constraint pk_payouts primary key,
                        merchant_id uuid not null constraint fk_payouts_merchants_merchant_id references merchants (id),
                        amount_vnd numeric(20,2) not null,
                        fee_vnd numeric(20,2) not null,
                        net_amount_vnd numeric(20,2) not null,
                        bank_account_name varchar(255) not null,
                        bank_account_number varchar(50) not null,
                        bank_name varchar(100) not null,
                        status varchar(20) not null default 'requested',
                        requested_by uuid not null,
                        approved_at timestamp without time zone,
                        processed_at timestamp without time zone,
                        completion_date timestamp without time zone,
                        failure_reason text,
                        notes text,
                        retry_count integer default 0,
                        metadata jsonb,
                        created_at timestamp without time zone not null,
                        updated_at timestamp without time zone not null,
                        deleted_at timestamp without time zone,
                        constraint ck_payouts_net_amount_vnd check (net_amount_vnd = amount_vnd - fee_vnd)
                    );
                    create index ix_payouts_merchant_id on payouts (merchant_id);

                    create table wallet_balance_snapshots (
                        id uuid not null constraint pk_wallet_balance_snapshots primary key,
                        chain varchar(20) not null,
                        network varchar(20) not null,
                        wallet_address varchar(255) not null,
                        native_balance numeric(36,18) not null default 0,
                        native_currency varchar(10) not null,
                        usdt_balance numeric(36,18) not null default 0,
                        usdc_balance numeric(36,18) not null default 0,
                        usdt_mint varchar(255),
                        usdc_mint varchar(255),
                        total_usd_value numeric(36,18) not null default 0,
                        min_threshold_usd numeric(36,18) not null default 1000,
                        max_threshold_usd numeric(36,18) not null default 10000,
                        is_below_min_threshold boolean not null default false,
                        is_above_max_threshold boolean not null default false,
                        alert_sent boolean not null default false,
                        alert_sent_at timestamp with time zone,
                        metadata jsonb default '{}',
                        snapshot_at timestamp with time zone not null,
                        created_at timestamp with time zone not null,
                        constraint ck_wallet_balance_snapshots_thresholds check (max_threshold_usd > min_threshold_usd)
                    );
                    create index ix_wallet_balance_snapshots_wallet on wallet_balance_snapshots (chain, network, wallet_address, snapshot_at);
                end if;
            end $$;
            """);
    }

    /// <summary>Leaves everything: who created a table cannot be told any more, and the rows are the gateway's.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
    }
}
