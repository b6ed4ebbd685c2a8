-- Fills the tables of a database that `Gateway.Worker migrate` has made: 30 days of 5,000 merchants, of whom the first has a fifth of
-- all.
-- For a server that is thrown away. psql -v rows=10000000 -f fill.sql; a quarter of an hour.
\set ON_ERROR_STOP on
\timing on
set synchronous_commit = off;
set maintenance_work_mem = '1GB';
set work_mem = '256MB';
select setseed(0.5);

create function pg_temp.id(kind text, number bigint) returns uuid language sql immutable as $$ select md5(kind || number)::uuid $$;
-- Begins with the milliseconds, as a UUID v7 does.
create function pg_temp.id_at(at timestamptz, number bigint) returns uuid language sql immutable as
$$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(number::text), 1,
    3) || '8' || substr(md5(number::text), 4, 15))::uuid $$;
create function pg_temp.event(number bigint) returns text language sql immutable as
$$ select (array['payment.completed', 'payment.completed', 'payment.completed', 'payment.created', 'payment.failed',
    'payout.completed'])[1 + number % 6] $$;
create function pg_temp.durations(attempts bigint, bucket int) returns int[] language sql immutable as
$$ select array_fill(0, array[bucket]) || attempts::int || array_fill(0, array[18 - bucket]) $$;

-- Indexes are made when the rows are there.
create temp table put_back as
select indexdef from pg_indexes where tablename in ('job_runs', 'merchant_counts', 'dead_letters',
    'operator_actions') and indexname not like 'pk_%';
do $$ declare name text; begin
    for name in select indexname from pg_indexes
        where tablename in ('job_runs', 'merchant_counts', 'dead_letters', 'operator_actions') and indexname not like 'pk_%' loop
        execute 'drop index ' || name;
    end loop;
end $$;
alter table job_runs drop constraint pk_job_runs;

insert into merchants (id, email, business_name, owner_full_name, webhook_url, webhook_secret, created_at, updated_at)
select id, number || '@merchants.invalid', 'Merchant ' || number, 'Owner ' || number, 'http://127.0.0.1:1/' || number,
    'whsec_c2VjcmV0', now(), now()
from (select number, pg_temp.id('merchant', number) as id from generate_series(1, 5000) number) numbered;

-- The work of a job by its number: 86 in 100 succeed at once.
insert into job_runs (job_id, run_id, started_at, duration_ms, attempt, status_code, state, job_type, queue, reason, merchant_id,
    event, detail, reference)
select job.id, pg_temp.id_at(at, job.number * 8 + attempt), at, 5 + job.number % 400, attempt,
    case when state = 1 then 204 when state in (2, 3) then 500 end,
    state, 'webhook:delivery', case when attempt > 1 then 'webhooks_retry' else 'webhooks' end,
    case state when 2 then 'status_5xx' when 3 then case when attempt = 1 then 'status_4xx' else 'status_5xx' end
        when 4 then 'not_subscribed' end,
    job.merchant::text, job.event, case when state in (2, 3) then 'The server failed' end,
    case when attempt <= 1 then 'pay_' || job.number end
from (
    select series.number, pg_temp.id('job', series.number) as id, pg_temp.id('merchant', case
        when share < 0.2 then 1 else 2 + floor(4998 * power((share - 0.2) / 0.8, 2))::int end) as merchant,
        pg_temp.event(series.number) as event,
        now() - interval '30 days' + series.number * interval '30 days' / (:rows * 0.91) as published_at,
        case when series.number % 1000 < 20 then 'repaired' when series.number % 1000 < 35 then 'exhausted'
            when series.number % 1000 < 60 then 'refused' when series.number % 1000 < 66 then 'skipped'
            when series.number % 1000 < 70 then 'published' when series.number % 1000 < 72 then 'lost' else 'good' end as fate
    from generate_series(1, (:rows * 0.91)::bigint) series (number)
    cross join lateral (select random() as share where series.number > 0) drawn
) job
cross join lateral (values (case when fate = 'published' then 0 when fate = 'lost' then 0 else 1 end,
    case fate when 'repaired' then 2 when 'exhausted' then 6 when 'published' then 1 when 'lost' then 0 else 1 end)) span (first, last)
cross join lateral generate_series(span.first, span.last) attempt
cross join lateral (select case when attempt = 0 then 0 when fate = 'refused' then 3 when fate = 'skipped' then 4
    when attempt < span.last then 2
    when fate = 'exhausted' then 3 else 1 end::smallint as state,
    least(job.published_at + greatest(attempt - 1, 0) * attempt * interval '8 minutes', now() - interval '1 second') as at) run;

insert into job_runs (job_id, run_id, started_at, duration_ms, attempt, state, job_type, queue, reason, detail)
select pg_temp.id(type, number), pg_temp.id_at(at, number), at, 20, 1, case when number % 500 = 0 then 3 else 1 end, type, queue, null,
    null
from (values ('payment:expiry', 'periodic', interval '1 minute'), ('wallet:balance_check', 'monitoring', interval '5 minutes'),
    ('report:daily_settlement', 'reports', interval '1 day')) job (type, queue, every)
cross join lateral generate_series(1, floor(extract(epoch from interval '30 days') / extract(epoch from every))::bigint) number
cross join lateral (select now() - number * every as at) run;

alter table job_runs add constraint pk_job_runs primary key (job_id, run_id);

insert into job_counts (starts_at, worker_id, attempts, retries, outcome, job_type, queue, durations)
select starts_at, worker, count(*), count(*) filter (where attempt > 1), state, job_type, queue, pg_temp.durations(count(*), 3)
from (
    select case when started_at >= date_trunc('hour', now() - interval '7 days') then date_trunc('minute',
        started_at) else date_trunc('hour', started_at) end
        as starts_at,
        case when started_at >= date_trunc('hour', now() - interval '7 days') then pg_temp.id('worker',
            duration_ms % 3) else '00000000-0000-0000-0000-000000000000' end
        as worker, attempt, state, job_type, queue
    from job_runs where attempt > 0
) runs
group by starts_at, worker, state, job_type, queue
order by starts_at;

insert into merchant_counts (starts_at, attempts, retries, outcome, merchant_id, event, durations)
select date_trunc('hour', started_at), count(*), count(*) filter (where attempt > 1), state, merchant_id, event,
    pg_temp.durations(count(*), 3)
from job_runs where attempt > 0 and merchant_id is not null
group by 1, state, merchant_id, event
order by 1;

insert into dead_letters (letter_id, died_at, queue, was_skipped, job_id, merchant_id, event, reason, error, attempts, state,
    changed_by, changed_at)
select pg_temp.id('letter', row_number() over ()), started_at, queue, false, job_id, merchant_id, event, reason, detail, attempt,
    case when random() < 0.8 then 0 when random() < 0.7 then 2 else 3 end, null, null
from job_runs where state = 3 and merchant_id is not null;
insert into dead_letters (letter_id, died_at, queue, was_skipped, job_id, merchant_id, event, reason, error, attempts, body, headers,
    state)
select pg_temp.id('stranger', number), now() - number * interval '30 days' / 130000, (array['periodic',
    'webhooks'])[1 + (number % 20 > 0)::int], number % 7 = 0,
    null, null, null, 'unreadable', 'No JSON', null, 'no json', '{}', 0
from generate_series(1, 130000) number;
update dead_letters set changed_by = 'operator', changed_at = died_at + interval '1 hour' where state > 0;

insert into kept_webhooks (delivery_id, merchant_id, event, payload, occurred_at, kept_at)
select job_id, merchant_id, event, '{"id":"' || job_id || '","note":"' || repeat('x', 300) || '"}', null, started_at
from job_runs where state in (3, 4) and merchant_id is not null;

-- Due in the days to come, so that no worker takes them. The merchants 4,900 and up are disabled.
insert into waiting_webhooks (delivery_id, merchant_id, due_at, waits_since, enqueued_at, attempt, round, reason, faults,
    is_redelivered, event, message, reference)
select pg_temp.id('waiting', number), pg_temp.id('merchant', case when number % 5 = 0 then 1 else 2 + number % 4999 end),
    now() + interval '2 days' + random() * interval '4 days', now() - random() * interval '4 hours',
    now() - interval '5 hours', case when number % 3 = 0 then 1 else 2 + number % 4 end, 0, case
        when number % 3 = 0 then 1 + number % 4 else 0 end, 0, false,
    pg_temp.event(number), convert_to('{"note":"' || repeat('x', 400) || '"}', 'UTF8'), case
        when number % 3 = 0 then 'wait_' || number end
from generate_series(1, 300000) number;
insert into waiting_merchants (merchant_id, next_at, rank) select merchant_id, min(due_at), 1 from waiting_webhooks group by 1;
insert into webhook_endpoints (merchant_id, disabled_at, disabled_reason, disabled_url, failing_since, failing_url, failed_times,
    updated_at,
    held_since, held_until, held_url, hold_reason)
select id, case when number >= 4900 then now() - interval '1 day' end, case when number >= 4900 then 'gone' end,
    case when number >= 4900 then 'http://127.0.0.1:1/' || number end, case when number % 5 = 0 then now() - interval '1 hour' end,
    case when number % 5 = 0 then 'http://127.0.0.1:1/' || number end, number % 5, now() - number * interval '1 minute',
    case when number % 50 = 0 then now() - interval '1 hour' end, case when number % 50 = 0 then now() + interval '6 days' end,
    case when number % 50 = 0 then 'http://127.0.0.1:1/' || number end, case when number % 50 = 0 then 'circuit_open' end
from (select number, pg_temp.id('merchant', number) as id from generate_series(1, 5000) number) numbered where number > 1000;

insert into payments (id, merchant_id, amount_vnd, amount_crypto, currency, chain, exchange_rate, order_id, status, tx_hash,
    payment_reference,
    destination_wallet, expires_at, confirmed_at, fee_vnd, net_amount_vnd, created_at, updated_at)
select pg_temp.id('payment', number), pg_temp.id('merchant', 1 + number % 5000), 1000000, 40, 'USDT', 'bsc', 25000, 'A-' || number,
    case when number % 50 = 0 then 'pending' else 'completed' end,
    '0x' || md5('hash' || number), 'pay_' || number, 'wallet', at + interval '40 days', case when number % 50 > 0 then at end, 10000,
        990000, at, at
from generate_series(1, 1000000) number
cross join lateral (select now()::timestamp - number * interval '30 days' / 1000000 as at) made;
insert into payouts (id, merchant_id, amount_vnd, fee_vnd, net_amount_vnd, bank_account_name, bank_account_number, bank_name,
    requested_by, created_at, updated_at)
select pg_temp.id('payout', number), pg_temp.id('merchant', 1 + number % 5000), 1000000, 0, 1000000, 'n', '1', 'b',
    pg_temp.id('merchant', 1), now(), now()
from generate_series(1, 100000) number;

-- The broker refuses them until next month.
insert into outbox_messages (message_id, message_type, ordering_key, body, must_arrive, created_at, not_before, refusals, refused_reason)
select pg_temp.id('message', number), 'WebhookEndpointDisabled', 'key-' || number, '{}', true, now() - interval '1 hour',
    now() + interval '30 days', 3, 'refused'
from generate_series(1, 200000) number;
insert into operator_actions (action_id, at, operator, address, action, target, status_code, outcome)
select pg_temp.id_at(at, number), at, 'operator-' || number % 20, '127.0.0.1',
    (array['POST /api/dead-letters/{id}/requeue', 'POST /api/webhooks/{id}/redeliver',
        'POST /api/queues/{queue}/pause'])[1 + (number % 2) + (number % 1000 = 0)::int],
    '/api/x/' || number, case when number % 100 = 0 then 404 else 200 end, 'done'
from generate_series(1, 1000000) number cross join lateral (select now() - number * interval '90 days' / 1000000 as at) made;
insert into bulk_jobs (bulk_job_id, kind, "to", includes_dead, includes_skipped, state, total, done, next_at, created_by, created_at,
    updated_at)
select pg_temp.id_at(at, number), 0, at, true, false, 2, 100, 100, at, 'operator', at, at
from generate_series(1, 5000) number cross join lateral (select now() - number * interval '20 minutes' as at) made;
insert into wallet_balance_snapshots (id, chain, network, wallet_address, native_balance, native_currency, usdt_balance, usdc_balance,
    total_usd_value, snapshot_at, created_at)
select pg_temp.id('snapshot', number * 3 + wallet), 'bsc', 'mainnet', 'wallet-' || wallet, 1, 'BNB', 3000, 2000, 5000, at, at
from generate_series(1, 100000) number cross join generate_series(0, 2) wallet
    cross join lateral (select now() - number * interval '90 days' / 100000 as at) made;

do $$ declare definition text; begin
    for definition in select indexdef from put_back loop execute definition; end loop;
end $$;
vacuum analyze;
select relname, n_live_tup, pg_size_pretty(pg_total_relation_size(relid))
    from pg_stat_user_tables order by pg_total_relation_size(relid) desc limit 12;
