using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Gateway.Persistence.Migrations;

/// <summary>
/// Creates the worker's own tables. Written by hand, as the tables are to be read: the model, which a test compares with them, does not
/// know how a table is filled and cleaned.
/// </summary>
[DbContext(typeof(GatewayDbContext))]
[Migration("20261201000100_OwnTables")]
public sealed class OwnTables : Migration
{
    private const string Tables =
        """
        -- Fixed widths first: no padding between columns. The indexes and their cost: docs/decisions/job-log.md.
        create table job_runs (
            job_id uuid not null,
            run_id uuid not null,
            started_at timestamptz not null,
            duration_ms integer not null,
            attempt integer not null,
            status_code integer,
            state smallint not null,
            job_type varchar(64) not null,
            queue varchar(64) not null,
            reason varchar(64),
            merchant_id varchar(255),
            event varchar(255),
            detail varchar(1024),
            round smallint not null default 0,
            reference varchar(200) collate "C",
            trace_id uuid,
            constraint pk_job_runs primary key (job_id, run_id)
        );
        create index ix_job_runs_job_type_started_at on job_runs (job_type, started_at) where job_type <> 'webhook:delivery';
        create index ix_job_runs_merchant_id_started_at on job_runs (merchant_id, started_at) where state <> 1;
        create index ix_job_runs_merchant_id_started_at1 on job_runs (merchant_id, started_at);
        create index ix_job_runs_queue_started_at on job_runs (queue, started_at) where queue <> 'webhooks';
        create index ix_job_runs_reference_started_at on job_runs (reference, started_at) where reference is not null and attempt <= 1;
        create index ix_job_runs_started_at on job_runs (started_at);
        create index ix_job_runs_state_started_at on job_runs (state, started_at) where state <> 1;

        create table kept_webhooks (
            delivery_id uuid not null,
            merchant_id varchar(255) not null,
            event varchar(255) not null,
            payload text not null,
            occurred_at varchar(40),
            kept_at timestamptz not null,
            constraint pk_kept_webhooks primary key (delivery_id, merchant_id)
        );
        create index ix_kept_webhooks_kept_at on kept_webhooks (kept_at);

        create table dead_letters (
            letter_id uuid not null,
            died_at timestamptz not null,
            queue varchar(64) not null,
            was_skipped boolean not null,
            job_id uuid,
            merchant_id varchar(255),
            event varchar(255),
            reason varchar(64) not null,
            error varchar(1024),
            attempts integer,
            body bytea,
            headers bytea,
            state smallint not null,
            changed_by varchar(64),
            changed_at timestamptz,
            bulk_job_id uuid,
            constraint pk_dead_letters primary key (letter_id)
        );
        create index ix_dead_letters_bulk_job_id on dead_letters (bulk_job_id) where state = 1;
        create index ix_dead_letters_changed_at on dead_letters (changed_at) where state in (2, 3);
        create index ix_dead_letters_died_at on dead_letters (died_at) where state = 0;
        create index ix_dead_letters_job_id on dead_letters (job_id);
        create index ix_dead_letters_merchant_id_died_at on dead_letters (merchant_id, died_at) where state = 0;
        create index ix_dead_letters_queue_died_at on dead_letters (queue, died_at) where state = 0;

        -- A row of this minute is changed by every commit of its worker: the new version of it finds room on the same page.
        create table job_counts (
            starts_at timestamptz not null,
            worker_id uuid not null,
            attempts integer not null,
            retries integer not null,
            outcome smallint not null,
            job_type varchar(64) not null,
            queue varchar(64) not null,
            durations integer[] not null,
            constraint pk_job_counts primary key (starts_at, job_type, queue, outcome, worker_id)
        )
        with (fillfactor = 70);

        create table merchant_counts (
            starts_at timestamptz not null,
            attempts integer not null,
            retries integer not null,
            outcome smallint not null,
            merchant_id varchar(255) not null,
            event varchar(255) not null,
            durations integer[] not null,
            constraint pk_merchant_counts primary key (starts_at, merchant_id, event, outcome)
        )
        with (fillfactor = 70);
        create index ix_merchant_counts_merchant_id_starts_at on merchant_counts (merchant_id, starts_at);
        create index ix_merchant_counts_starts_at on merchant_counts (starts_at);

        create table webhook_endpoints (
            merchant_id uuid not null,
            disabled_at timestamptz,
            disabled_reason varchar(64),
            disabled_url text,
            previous_secret varchar(255),
            previous_secret_expires_at timestamptz,
            updated_at timestamptz not null,
            failing_since timestamptz,
            failing_url text,
            failed_probes integer not null default 0,
            held_since timestamptz,
            held_until timestamptz,
            held_url text,
            hold_reason varchar(64),
            failed_times integer not null default 0,
            last_failed_at timestamptz,
            constraint pk_webhook_endpoints primary key (merchant_id)
        );
        create index ix_webhook_endpoints_held_until on webhook_endpoints (held_until) where held_until is not null;

        create table waiting_webhooks (
            delivery_id uuid not null,
            merchant_id uuid not null,
            due_at timestamptz not null,
            waits_since timestamptz not null,
            enqueued_at timestamptz not null,
            attempt integer not null,
            round smallint not null,
            reason smallint not null,
            faults smallint not null,
            is_redelivered boolean not null,
            event varchar(255) not null,
            trace_parent varchar(55),
            unreadable_reason varchar(1024),
            message bytea not null,
            reference varchar(200) collate "C",
            constraint pk_waiting_webhooks primary key (delivery_id, merchant_id)
        )
        with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
            autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
        create index ix_waiting_webhooks_due_at on waiting_webhooks (due_at);
        create index ix_waiting_webhooks_merchant_id_due_at on waiting_webhooks (merchant_id, due_at);
        create index ix_waiting_webhooks_reference on waiting_webhooks (reference) where reference is not null and attempt = 1;

        create table waiting_leases (
            delivery_id uuid not null,
            merchant_id uuid not null,
            release_id uuid not null,
            leased_until timestamptz not null,
            releases smallint not null,
            constraint pk_waiting_leases primary key (merchant_id, delivery_id)
        )
        with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
            autovacuum_vacuum_cost_delay = 0);

        create table waiting_merchants (
            merchant_id uuid not null,
            next_at timestamptz not null,
            rank smallint not null,
            constraint pk_waiting_merchants primary key (merchant_id)
        )
        with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
            autovacuum_vacuum_cost_delay = 0);
        create index ix_waiting_merchants_next_at on waiting_merchants (next_at);

        create table outbox_messages (
            position bigint generated by default as identity,
            message_id uuid not null,
            message_type varchar(255) not null,
            ordering_key varchar(255) not null,
            body text not null,
            must_arrive boolean not null,
            created_at timestamptz not null,
            unreadable_reason varchar(1024),
            trace_parent varchar(55),
            not_before timestamptz,
            refusals smallint not null default 0,
            refused_reason varchar(1024),
            constraint pk_outbox_messages primary key (position)
        );
        create index ix_outbox_messages_not_before on outbox_messages (not_before) where refused_reason is not null;
        create index ix_outbox_messages_ordering_key_position on outbox_messages (ordering_key, position);
        -- Once a statement and not once a row; PostgreSQL sends it when the transaction commits.
        create function notify_outbox_messages() returns trigger language plpgsql as $$
        begin
            perform pg_notify('outbox_messages', '');
            return null;
        end $$;
        create trigger outbox_messages_notify after insert on outbox_messages
            for each statement execute function notify_outbox_messages();

        create table settlement_reports (
            date date not null,
            report json not null,
            generated_at timestamptz not null,
            generation integer not null,
            mailed_at timestamptz,
            mailing_until timestamptz,
            correction_mail varchar(64),
            checked_at timestamptz,
            checked_by uuid,
            mail_refused varchar(1024),
            constraint pk_settlement_reports primary key (date, generation)
        );

        create table unreadable_wallets (
            chain varchar(20) not null,
            network varchar(20) not null,
            wallet_address varchar(255) not null,
            since timestamptz not null,
            told_at timestamptz,
            readable_since timestamptz,
            constraint pk_unreadable_wallets primary key (chain, network, wallet_address)
        );

        create table wallet_states (
            chain varchar(20) not null,
            network varchar(20) not null,
            wallet_address varchar(255) not null,
            height bigint,
            published_range varchar(10) not null,
            published_at timestamptz,
            mailed_range varchar(10) not null,
            mailed_at timestamptz,
            emptied varchar(20),
            emptied_at timestamptz,
            frozen_usdt numeric(36,18) not null,
            frozen_usdc numeric(36,18) not null,
            frozen_since timestamptz,
            frozen_mailed_at timestamptz,
            constraint pk_wallet_states primary key (chain, network, wallet_address)
        );

        create table queue_pauses (
            queue varchar(64) not null,
            paused_at timestamptz not null,
            paused_by varchar(64) not null,
            constraint pk_queue_pauses primary key (queue)
        );

        create table schedule_settings (
            schedule varchar(64) not null,
            worker_id uuid not null,
            host varchar(255) not null,
            cron varchar(255) not null,
            time_zone varchar(64) not null,
            is_enabled boolean not null,
            since timestamptz not null,
            seen_at timestamptz not null,
            constraint pk_schedule_settings primary key (schedule, worker_id)
        );

        create table workers (
            worker_id uuid not null,
            host varchar(255) not null,
            started_at timestamptz not null,
            seen_at timestamptz not null,
            version varchar(255),
            slots integer,
            in_flight integer,
            constraint pk_workers primary key (worker_id)
        );

        create table data_protection_keys (
            id integer generated by default as identity,
            friendly_name text,
            xml text,
            constraint pk_data_protection_keys primary key (id)
        );

        create table operator_actions (
            action_id uuid not null,
            at timestamptz not null,
            operator varchar(64) not null,
            address varchar(64),
            action varchar(255) not null,
            target varchar(1024) not null,
            status_code integer,
            outcome varchar(1024),
            constraint pk_operator_actions primary key (action_id)
        );
        create index ix_operator_actions_at on operator_actions (at);

        create table bulk_jobs (
            bulk_job_id uuid not null,
            kind smallint not null,
            letter_id uuid,
            queue text,
            merchant_id text,
            event text,
            reason text,
            "from" timestamptz,
            "to" timestamptz not null,
            includes_dead boolean not null,
            includes_skipped boolean not null,
            rate_per_second integer,
            state smallint not null,
            total integer not null,
            done integer not null,
            position_at timestamptz,
            position_id uuid,
            next_at timestamptz not null,
            created_by varchar(64) not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            constraint pk_bulk_jobs primary key (bulk_job_id)
        );
        create index ix_bulk_jobs_created_at on bulk_jobs (created_at) where state = 0;
        """;

    // A worker that came before kept nothing else: a wallet that is out of range is not told of once more. Where the gateway has no table
    // of snapshots yet, or an older one, nobody was told of anything.
    private const string RememberWallets =
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
        """;

    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Tables);
        migrationBuilder.Sql(RememberWallets);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        drop table job_runs, job_counts, merchant_counts, kept_webhooks, dead_letters, webhook_endpoints, waiting_webhooks, waiting_leases,
            waiting_merchants, outbox_messages, settlement_reports, unreadable_wallets, wallet_states,
            queue_pauses, schedule_settings, workers, operator_actions, bulk_jobs, data_protection_keys;
        drop function notify_outbox_messages();
        """);
}
