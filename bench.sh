#!/usr/bin/env bash
# Measures the worker and others beside it, on one machine: webhooks to the same merchant, and the scheduled jobs.
set -euo pipefail

usage() {
  cat <<'TEXT'
./bench.sh [PEER...]     measures the named peers, or all: ceiling, bullmq, worker

  ceiling   POSTs by a bare .NET HttpClient, unsigned and signed; no queue, no record
  bullmq    BullMQ 6.7.0 on Redis (appendonly yes, appendfsync everysec)
  worker    the worker on RabbitMQ, PostgreSQL and Redis: each attempt is recorded, each message confirmed
  slow      the worker with 400 at once, to a merchant that answers after 50 ms
  failing   200 at once to a merchant that answers 500, by BullMQ (done when every retry is kept) and by the worker (done when every
            attempt is recorded and its retry waits)
  latency   the worker at 500 a second with nothing queued: the time from publishing to receipt
  isolation 20 merchants at 200 a second in all: alone, and beside one with 10,000 that hangs, refuses or answers 500
  gate      the weighted gate alone, at 64 slots

  expiry    100,000 due payments among 1,000,000: the worker's job, and one raw statement that does the same
  outbox    100,000 messages from the outbox to a durable queue
  report    the settlement report of a day with 1,000,000 payments among 10,000,000, and one raw query; minutes to prepare

  waiting   the waiting room of the worker with 1,000,000 in it: 100,000 that are due at one moment, then for ten minutes 2,000 a
            second in and out; what it holds and takes before and after (only when named: 15 minutes a run)
  queues    queues of both types (classic, quorum): worker and latency, then BENCH_WAITING webhooks in a queue that nobody takes, how
            much memory RabbitMQ takes for them, and how long it is away when it restarts (only when named)
  partitions  three nodes of RabbitMQ: the worker and latency with one queue of first attempts, and with three (only when named)
  startup   published in several ways: start to ready, start to first delivery, memory while idle (only when named)

Everybody delivers the same webhook, a signed body of 400 bytes, to an nginx on the loopback interface, from a queue
that was filled before. Each run is a new process, and its first deliveries, which warm it up, are not measured.

  BENCH_COUNT=100000            deliveries measured in a run
  BENCH_WARMUP=40000            deliveries before those
  BENCH_RUNS=3                  runs of each peer and setting; the table shows medians
  BENCH_CONCURRENCIES='50 200'  deliveries at once
  BENCH_MERCHANT=fast           fast (204 at once), slow (after 50 ms) or failing (500)
  BENCH_WAITING=1000000         for queues: how many wait; for waiting: how many wait all the time; BENCH_COUNT fall due at one moment, after BENCH_WARMUP before
  BENCH_SECONDS=600             for waiting: how long some come and go
  BENCH_FORMAT=envelope         how the worker's messages are written: envelope (MassTransit's) or plain (JSON)
  BENCH_WORKER=                 another build of the worker: the path of its Gateway.Worker.dll. Without it the worker is published
                                as the image is: compiled ahead, which takes a minute
  BENCH_BEFORE=                 an earlier build, likewise: worker, slow, failing and latency measure both in turns
  BENCH_PUBLISHED=              for startup: lines of `name|folder|VARIABLE=value ...` instead of publishing anew

A quick look: BENCH_COUNT=5000 BENCH_WARMUP=5000 BENCH_RUNS=1 ./bench.sh
The results, a JSON line for each run, are kept in artifacts/bench/.
TEXT
}

case ${1:-} in -h | --help | help) usage; exit 0 ;; esac
for peer in "$@"; do
  case $peer in
    ceiling | bullmq | worker | slow | failing | latency | isolation | gate | expiry | outbox | report | waiting | queues | partitions | startup) ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ $# -gt 0 ] || set -- ceiling bullmq worker slow failing latency isolation gate expiry outbox report
peers=" $* "

cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# As the image sets it: deploy/Dockerfile.
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-0x2000000}
export BENCH_COUNT=${BENCH_COUNT:-100000} BENCH_WARMUP=${BENCH_WARMUP:-40000} BENCH_FORMAT=${BENCH_FORMAT:-envelope}
export BENCH_WAITING=${BENCH_WAITING:-1000000} BENCH_SECONDS=${BENCH_SECONDS:-600}
runs=${BENCH_RUNS:-3} concurrencies=${BENCH_CONCURRENCIES:-50 200} merchant=${BENCH_MERCHANT:-fast}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/gateway-bench.XXXXXX")
# The users that run PostgreSQL and nginx's worker must be able to enter the folder.
chmod 755 "$scratch"
servers=$scratch/servers
child=
nginx=

clean_up() {
  local status=$? pid
  trap '' INT TERM
  for pid in $child $nginx; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  tests/servers.sh stop "$servers" || true
  rm -rf "$scratch"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# In the background, because bash answers a signal only after a foreground command has ended.
run() {
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=
  return "$status"
}

modules=/usr/lib/nginx/modules
run tests/servers.sh install nginx=nginx-light "$modules/ngx_http_echo_module.so=libnginx-mod-http-echo" node=nodejs npm=npm
run dotnet build tests/Benchmarks -c Release -v quiet -nologo --disable-build-servers
if [[ $peers =~ ' '(bullmq|failing)' ' ]]; then
  run npm ci --prefix tests/Benchmarks/bullmq --no-audit --no-fund --loglevel=error
fi

# As deploy/Dockerfile does, and in the other ways that docs/decisions/publishing.md compares.
publish() { run tests/publish.sh "$scratch/published/$1" "${@:2}"; }
runtime=$(tests/publish.sh runtime)
ahead=(-p:PublishReadyToRun=true -p:SelfContained=false)
if [[ $peers =~ ' '(worker|slow|failing|latency|isolation|waiting|queues|partitions)' ' && -z ${BENCH_WORKER:-} ]]; then
  publish readytorun "$runtime" "${ahead[@]}"
  export BENCH_WORKER=$scratch/published/readytorun/Gateway.Worker.dll
fi
if [[ $peers == *' startup '* && -z ${BENCH_PUBLISHED:-} ]]; then
  publish portable ""
  [ -e "$scratch/published/readytorun" ] || publish readytorun "$runtime" "${ahead[@]}"
  publish selfcontained "$runtime" -p:PublishReadyToRun=true -p:SelfContained=true
  export BENCH_PUBLISHED="framework-dependent|$scratch/published/portable|
ready to run|$scratch/published/readytorun|
ready to run, self-contained|$scratch/published/selfcontained|"
fi

# The servers' CPU time is read by process id, so they are never containers.
run env TEST_ENGINE=binaries tests/servers.sh start "$servers" >"$scratch/started"
. "$servers/env"

sink_port=$(tests/servers.sh port)
status_port=$(tests/servers.sh port)
mkdir "$scratch/sink"
sed -e "s|@DIR@|$scratch/sink|" -e "s|@MODULES@|$modules|" -e "s|@PORT@|$sink_port|" -e "s|@STATUS_PORT@|$status_port|" \
  tests/Benchmarks/sink/nginx.conf >"$scratch/sink/nginx.conf"
nginx -p "$scratch/sink" -c "$scratch/sink/nginx.conf" -e "$scratch/sink/error.log" &
nginx=$!

pid_of() { cut -d ' ' -f 1 "$servers/$1/pid"; }
sink=http://127.0.0.1:$sink_port
export BENCH_SINK=$sink/$merchant BENCH_SINK_STATUS=http://127.0.0.1:$status_port/status
export BENCH_REDIS_PID=$(pid_of redis)
name_servers() {
  BENCH_SERVERS="RabbitMQ=$(pid_of rabbitmq) PostgreSQL=$(pid_of postgres) Redis=$(pid_of redis)"
  local peer
  for peer in "$@"; do BENCH_SERVERS+=" $peer=$(pid_of "$peer")"; done
  export BENCH_SERVERS
}
name_servers
export BENCH_WORKER_URL=http://127.0.0.1:$(tests/servers.sh port) BENCH_WORKER_LOG=$scratch/worker.log

benchmarks=tests/Benchmarks/bin/Release/net10.0/Benchmarks.dll
mkdir -p artifacts/bench
results=artifacts/bench/$(date +%Y%m%d-%H%M%S)-$merchant.jsonl

measure() {
  echo "run $number of $runs, $BENCH_CONCURRENCY at once: $1" >&2
  shift
  if ! run "$@" >>"$results"; then
    echo "The end of the worker's log:" >&2
    tail -n 20 "$BENCH_WORKER_LOG" >&2 2>/dev/null || true
    exit 1
  fi
}

# With the worker, and with an earlier build of it after that.
measure_worker() {
  local name=$1
  shift
  measure "$name" "$@"
  [ -z "${BENCH_BEFORE:-}" ] || measure "$name, before" env BENCH_WORKER="$BENCH_BEFORE" BENCH_BUILD=before "$@"
}

# The peers take turns, so that a busy minute of the machine does not fall on one of them alone.
for number in $(seq "$runs"); do
  for BENCH_CONCURRENCY in $concurrencies; do
    export BENCH_CONCURRENCY
    [[ $peers != *' ceiling '* ]] || measure ceiling dotnet "$benchmarks" ceiling
    [[ $peers != *' bullmq '* ]] || measure bullmq node tests/Benchmarks/bullmq/bench.mjs
    [[ $peers != *' worker '* ]] || measure_worker worker dotnet "$benchmarks" worker
  done
  export BENCH_CONCURRENCY=400
  [[ $peers != *' slow '* ]] || measure_worker slow env BENCH_SINK="$sink/slow" dotnet "$benchmarks" worker
  export BENCH_CONCURRENCY=200
  if [[ $peers == *' failing '* ]]; then
    measure 'failing, bullmq' env BENCH_SINK="$sink/failing" node tests/Benchmarks/bullmq/bench.mjs
    measure_worker 'failing, worker' env BENCH_SINK="$sink/failing" dotnet "$benchmarks" worker
  fi
  [[ $peers != *' waiting '* ]] || measure waiting dotnet "$benchmarks" waiting
  [[ $peers != *' latency '* ]] || measure_worker latency dotnet "$benchmarks" latency
  if [[ $peers == *' queues '* ]]; then
    for type in classic quorum; do
      measure "worker, $type" env BENCH_QUEUE_TYPE=$type dotnet "$benchmarks" worker
      measure "latency, $type" env BENCH_QUEUE_TYPE=$type dotnet "$benchmarks" latency
      measure "queue, $type" env BENCH_QUEUE_TYPE=$type dotnet "$benchmarks" queue
      # It was restarted.
      name_servers
    done
  fi
  if [[ $peers == *' partitions '* ]]; then
    if [ "$number" -eq 1 ]; then
      run tests/servers.sh "$servers" start rabbitmq2
      run tests/servers.sh "$servers" start rabbitmq3
      name_servers rabbitmq2 rabbitmq3
    fi
    for type in classic quorum; do
      for partitions in 1 3; do
        measure "worker, $type, $partitions" env BENCH_QUEUE_TYPE=$type BENCH_PARTITIONS=$partitions dotnet "$benchmarks" worker
        measure "latency, $type, $partitions" env BENCH_QUEUE_TYPE=$type BENCH_PARTITIONS=$partitions dotnet "$benchmarks" latency
      done
    done
  fi
  export BENCH_CONCURRENCY=64
  [[ $peers != *' isolation '* ]] || measure isolation dotnet "$benchmarks" isolation
  [[ $peers != *' gate '* ]] || measure gate dotnet "$benchmarks" gate
  export BENCH_CONCURRENCY=1
  [[ $peers != *' expiry '* ]] || measure expiry dotnet "$benchmarks" expiry
  [[ $peers != *' outbox '* ]] || measure outbox dotnet "$benchmarks" outbox
  [[ $peers != *' report '* ]] || measure report dotnet "$benchmarks" report
  [[ $peers != *' startup '* ]] || measure startup dotnet "$benchmarks" startup
done

echo
dotnet "$benchmarks" table "$results"
echo "$(nproc) cores, $(uname -sr), $merchant merchant; each run: $results"
