#!/bin/sh
set -e
[ "$1" = postgres ] || exec "$@"
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  (umask 077 && printf '%s' "$POSTGRES_PASSWORD" > /tmp/password)
  initdb --pgdata "$data" --username postgres --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256 --encoding UTF8 --locale C.UTF-8
  rm -f /tmp/password
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  # On its socket alone, until its database is there.
  pg_ctl --pgdata "$data" --wait --options "-c listen_addresses=''" start
  createdb --username postgres "$POSTGRES_DB"
  pg_ctl --pgdata "$data" --wait stop
fi
exec postgres -D "$data" -c listen_addresses='*'
