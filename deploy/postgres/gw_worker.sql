-- The role of the workers: what they need and no more. As the owner of the tables, after each `Gateway.Worker migrate`:
-- psql --set ON_ERROR_STOP=1 --file deploy/postgres/gw_worker.sql payment_gateway
do $$
begin
  if not exists (select from pg_roles where rolname = 'gw_worker') then
    create role gw_worker login;
  end if;
end
$$;

grant usage on schema public to gw_worker;
-- Until the first worker has started: Quartz makes its tables. Then the right can be revoked.
grant create on schema public to gw_worker;
grant select on merchants, payouts, worker_migrations to gw_worker;
grant select, update on payments to gw_worker;
grant select, insert, update, delete on wallet_balance_snapshots to gw_worker;
grant select, insert, update, delete on bulk_jobs, dead_letters, job_counts, job_runs, kept_webhooks, merchant_counts, operator_actions, outbox_messages,
  queue_pauses, data_protection_keys, schedule_settings, settlement_reports, unreadable_wallets, waiting_leases, waiting_merchants, waiting_webhooks, wallet_states,
  webhook_endpoints, workers to gw_worker;
grant usage on all sequences in schema public to gw_worker;
