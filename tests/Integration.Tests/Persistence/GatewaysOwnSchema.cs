namespace Gateway.Integration.Tests.Persistence;

/// <summary>Tables as a gateway makes them: more columns, checks, triggers and indexes than the worker knows, in another order.</summary>
internal static class GatewaysOwnSchema
{
    public const string Merchants =
        """
        create function update_updated_at_column() returns trigger language plpgsql as
        $$ begin new.updated_at = now() at time zone 'utc'; return new; end $$;

        create table merchants (
            id uuid primary key default gen_random_uuid(),
            email varchar(255) not null unique,
            business_name varchar(255) not null,
            business_tax_id varchar(50) unique,
            owner_full_name varchar(255) not null,
            kyc_status varchar(20) not null default 'pending' check (kyc_status in ('pending', 'approved', 'rejected', 'suspended')),
            kyc_tier varchar(10) not null default 'tier1' check (kyc_tier in ('tier1', 'tier2', 'tier3')),
            kyc_documents jsonb default '[]',
            monthly_limit_usd numeric(20,2) not null default 5000,
            webhook_url text,
            webhook_secret varchar(255),
            webhook_events text[],
            status varchar(20) not null default 'active',
            metadata jsonb,
            created_at timestamp without time zone not null default (now() at time zone 'utc'),
            updated_at timestamp without time zone not null default (now() at time zone 'utc'),
            deleted_at timestamp without time zone
        );
        create index idx_merchants_status on merchants (status) where deleted_at is null;
        create trigger update_merchants_updated_at before update on merchants for each row execute function update_updated_at_column();
        insert into merchants (id, email, business_name, owner_full_name, webhook_events, updated_at)
        values ('01890000-0000-7000-8000-000000000001', 'a@merchant.example', 'Phở 24', 'Nguyễn Văn A', '{payment.completed}', '2026-01-02 03:04:05.678901');
        """;

    public const string Others =
        """
        create table payments (
            id uuid primary key default gen_random_uuid(),
            merchant_id uuid not null references merchants (id) on delete restrict,
            amount_vnd numeric(20,2) not null check (amount_vnd > 0),
            amount_crypto numeric(20,8) not null check (amount_crypto > 0),
            currency varchar(10) not null check (currency in ('USDT', 'USDC')),
            chain varchar(20) not null,
            exchange_rate numeric(20,6) not null,
            order_id varchar(255), description text, callback_url text,
            status varchar(20) not null default 'created',
            tx_hash varchar(255), tx_confirmations integer default 0, from_address varchar(255),
            risk_score numeric(5,2) check (risk_score between 0 and 100),
            payment_reference varchar(100) not null unique,
            destination_wallet varchar(255) not null,
            expires_at timestamp without time zone not null,
            paid_at timestamp without time zone, confirmed_at timestamp without time zone,
            fee_percentage numeric(5,4) not null default 0.0100,
            fee_vnd numeric(20,2), net_amount_vnd numeric(20,2),
            failure_reason text, metadata jsonb,
            created_at timestamp without time zone not null default (now() at time zone 'utc'),
            updated_at timestamp without time zone not null default (now() at time zone 'utc'),
            deleted_at timestamp without time zone
        );
        create index idx_payments_expiring on payments (expires_at) where status in ('created', 'pending');
        create trigger update_payments_updated_at before update on payments for each row execute function update_updated_at_column();
        insert into payments (merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, payment_reference, destination_wallet, expires_at)
        values ('01890000-0000-7000-8000-000000000001', 100000, 3.93, 'USDT', 'solana', 25445, 'ref-1', 'wallet', '2026-01-02 03:34:05');

        create table payouts (
            id uuid primary key default gen_random_uuid(),
            merchant_id uuid not null references merchants (id) on delete restrict,
            amount_vnd numeric(20,2) not null check (amount_vnd > 0),
            fee_vnd numeric(20,2) not null default 0, net_amount_vnd numeric(20,2) not null,
            bank_account_name varchar(255) not null, bank_account_number varchar(50) not null, bank_name varchar(100) not null, bank_branch varchar(100),
            status varchar(20) not null default 'requested', requested_by uuid not null, approved_by uuid,
            approved_at timestamp without time zone, processed_at timestamp without time zone, completion_date timestamp without time zone,
            failure_reason text, notes text, retry_count integer default 0, metadata jsonb,
            created_at timestamp without time zone not null default (now() at time zone 'utc'),
            updated_at timestamp without time zone not null default (now() at time zone 'utc'),
            deleted_at timestamp without time zone,
            constraint payouts_net check (net_amount_vnd = amount_vnd - fee_vnd)
        );

        create table wallet_balance_snapshots (
            id uuid primary key default gen_random_uuid(),
            chain varchar(20) not null check (chain in ('solana', 'bsc', 'ethereum')),
            network varchar(20) not null, wallet_address varchar(255) not null,
            native_balance numeric(36,18) not null default 0, native_currency varchar(10) not null,
            usdt_balance numeric(36,18) not null default 0, usdt_mint varchar(255),
            usdc_balance numeric(36,18) not null default 0, usdc_mint varchar(255),
            total_usd_value numeric(36,18) not null default 0,
            min_threshold_usd numeric(36,18) not null default 1000, max_threshold_usd numeric(36,18) not null default 10000,
            is_below_min_threshold boolean not null default false, is_above_max_threshold boolean not null default false,
            alert_sent boolean not null default false, alert_sent_at timestamp with time zone,
            metadata jsonb default '{}',
            snapshot_at timestamp with time zone not null default now(), created_at timestamp with time zone not null default now(),
            constraint check_thresholds check (max_threshold_usd > min_threshold_usd)
        );

        create table ledger_entries (id bigint primary key, merchant_id uuid not null references merchants (id), amount numeric(36,18) not null);
        """;

    /// <summary>Everything about the tables that were there before the worker came, a line each: shape, rules and rows.</summary>
    public const string Description =
        """
        with gateways as (
            select oid, relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
            and relname in ('merchants', 'payments', 'payouts', 'wallet_balance_snapshots', 'ledger_entries')
        )
        select line from (
            select format('column %s %s %s %s %s %s', relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) as line
            from gateways join pg_attribute on attrelid = gateways.oid left join pg_attrdef on adrelid = attrelid and adnum = attnum
            where attnum > 0
            union all
            select format('constraint %s %s %s', relname, conname, pg_get_constraintdef(pg_constraint.oid)) from gateways join pg_constraint on conrelid = gateways.oid
            union all
            select format('trigger %s', pg_get_triggerdef(pg_trigger.oid)) from gateways join pg_trigger on tgrelid = gateways.oid where not tgisinternal
            union all
            select format('index %s', pg_get_indexdef(indexrelid)) from gateways join pg_index on indrelid = gateways.oid
            union all
            select format('function %s %s', proname, prosrc) from pg_proc where pronamespace = 'public'::regnamespace
            union all
            select format('rows of %s: %s', relname, query_to_xml(format('select xmin, * from %I order by id', relname), true, false, '')) from gateways
        ) described
        order by line
        """;
}
