#!/usr/bin/env bash
# Builds the solution and passes all its tests, on real RabbitMQ, Redis and PostgreSQL; ends with `N passed, N failed`.
set -euo pipefail

usage() {
  cat <<'TEXT'
./test.sh [FILTER...]    builds, checks the format, and runs every test, or those that the filter names:
                         ./test.sh -class 'Gateway.Worker.Tests.Webhooks.*'
                         (the filters of xunit v3: -class, -method, -namespace, -trait, and -filter)

Needs the .NET 10 SDK. The servers are those of TEST_RABBITMQ (amqp://user:password@host:port/vhost, with its
management API at TEST_RABBITMQ_MANAGEMENT), TEST_REDIS (host:port) and TEST_POSTGRES (Npgsql connection string);
whichever is not set is started on a free loopback port and stopped at the end, see tests/servers.sh --help.
TEST_SERVERS=debian13 ./test.sh starts those of Debian 13 (RabbitMQ 4) instead of what the machine has.
Tests that take a server away start one of their own, and are skipped for servers that were given.
TEXT
}

case ${1:-} in -h | --help | help) usage; exit 0 ;; esac

cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
# What the tests write need not outlive the machine: hundreds of databases are made, and thrown away.
export TEST_POSTGRES_FSYNC=off

scratch=$(mktemp -d "${TMPDIR:-/tmp}/gateway-tests.XXXXXX")
# The user that runs PostgreSQL must be able to enter the folder.
chmod 755 "$scratch"
servers=$scratch/servers
child=
starting=
preparing=
formatting=

# Whatever happens, nothing that was started here stays.
clean_up() {
  local status=$? pid folder
  trap '' INT TERM
  for pid in $child $starting $preparing $formatting; do
    kill -TERM "$pid" 2>/dev/null || true
    # The tests: a host inside of them takes the signal for itself alone, and workers that they have started would outlive them.
    if kill -TERM -- "-$pid" 2>/dev/null; then
      for _ in {1..50}; do
        kill -0 -- "-$pid" 2>/dev/null || break
        sleep 0.1
      done
      kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    wait "$pid" 2>/dev/null || true
  done
  # With those that a test class had for itself.
  for folder in "$servers"*; do
    tests/servers.sh stop "$folder" || true
  done
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

command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing: https://dot.net/download" >&2; exit 1; }

missing=()
[ -n "${TEST_RABBITMQ:-}" ] || missing+=(rabbitmq)
[ -n "${TEST_REDIS:-}" ] || missing+=(redis)
[ -n "${TEST_POSTGRES:-}" ] || missing+=(postgres)
owns_servers=
if [ ${#missing[@]} -eq 3 ]; then owns_servers=yes; fi
if [ ${#missing[@]} -gt 0 ]; then
  tests/servers.sh start "$servers" "${missing[@]}" >"$scratch/started" &
  starting=$!
fi

# Tools of some tests, which arrive while the solution is built.
prepare() {
  trap 'kill -TERM "$child" 2>/dev/null || true; exit 143' TERM
  run tests/servers.sh install aiosmtpd=python3-aiosmtpd /usr/lib/python3/dist-packages/pika=python3-pika node=nodejs npm=npm prometheus=prometheus promtool=prometheus
  # The browser of the dashboard's tests, and a font for it: what it shows is measured.
  run tests/servers.sh install chromium=chromium haproxy=haproxy /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf=fonts-dejavu-core
  # Large, and for one test that is skipped without it.
  run tests/servers.sh install soffice=libreoffice-calc-nogui || echo "Without LibreOffice the test of workbooks is skipped." >&2
  # For a node of a cluster that is cut off from the others, which takes root too.
  run tests/servers.sh install iptables=iptables || echo "Without iptables no cluster is partitioned." >&2
  local package
  for package in tests/Integration.Tests/{Verifiers,Wallets/contracts,Dashboard/OpenId}; do
    # What npm notes of an installation, after it, is newer than the list that was installed.
    [ ! "$package/node_modules/.package-lock.json" -nt "$package/package-lock.json" ] || continue
    run npm ci --prefix "$package" --no-audit --no-fund --loglevel=error
  done
}
prepare &
preparing=$!

# The rest of what the formatter checks, style and analyzers, is checked by the build, and would take as long again. For blanks it needs no
# project, only the files.
dotnet format whitespace . --folder --verify-no-changes --include src/ tests/ --exclude '**/bin/**' '**/obj/**' '**/node_modules/**' &
formatting=$!

# Build servers would outlive the script.
run dotnet build Gateway.Worker.sln -c Release -v quiet -nologo --disable-build-servers

pid=$formatting
wait "$pid" || { formatting=; echo "Some files are not formatted: dotnet format whitespace Gateway.Worker.sln" >&2; exit 1; }
formatting=

pid=$preparing
wait "$pid" || { preparing=; echo "The tools of the tests are missing, so no test ran." >&2; exit 1; }
preparing=

if [ -n "$starting" ]; then
  pid=$starting
  wait "$pid" || { starting=; echo "The servers did not start, so no test ran." >&2; exit 1; }
  starting=
  . "$servers/env"
fi

passed=0 failed=0 skipped=0
failures=()

# One number of the summary that the test host writes into its report.
count() { sed -n "s/.*<assembly [^>]*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

# The worker as its image has it, compiled ahead. The tests start it some hundred times, and half of a start is the compiler's.
publish() {
  trap 'kill -TERM "$child" 2>/dev/null || true; exit 143' TERM
  run tests/publish.sh "$scratch/worker" "$(tests/publish.sh runtime)" -p:PublishReadyToRun=true -p:SelfContained=false
}

run_tests() {
  local name=$1 report=$scratch/$1.xml status=0 apart=
  shift
  echo
  # In a session of its own, so that it can be ended with all that it has started.
  ! command -v setsid >/dev/null || apart=setsid
  # What a script starts in the background ignores Ctrl-C, and so would the workers that the tests interrupt.
  ! env --default-signal=INT true 2>/dev/null || apart="$apart env --default-signal=INT"
  # More threads than processors, because many tests wait for a server or for their turn.
  run $apart dotnet "tests/$name/bin/Release/net10.0/$name.dll" "$@" -noLogo -noColor -maxThreads 1.5x -result-xml "$report" || status=$?
  if [ ! -s "$report" ]; then
    echo "$name ended with exit code $status and without a report: counted as a failure." >&2
    failed=$((failed + 1))
    return
  fi
  local bad=$(($(count failed "$report") + $(count errors "$report")))
  passed=$((passed + $(count passed "$report")))
  skipped=$((skipped + $(count skipped "$report")))
  # What is skipped for want of servers of its own would otherwise be green and prove nothing.
  if [ -n "$owns_servers" ] && grep -qi 'the servers were given from outside' "$report"; then
    echo "$name skipped tests that take a server away, although all servers are its own: counted as a failure." >&2
    bad=$((bad + 1))
  fi
  failed=$((failed + bad))
  mapfile -t -O ${#failures[@]} failures < <(grep -o '<test [^>]*result="Fail"' "$report" | sed 's/.* name="\([^"]*\)".*/\1/')
  # Exit code 0 is all well and 1 is failures; a filter that selects nothing here is well too.
  if [ "$bad" -eq 0 ] && [ "$status" -ne 0 ] && [ "$(count total "$report")" -gt 0 ]; then
    echo "$name ended with exit code $status although its report shows no failure: counted as one." >&2
    failed=$((failed + 1))
  fi
}

# What Prometheus itself says of the files that it is given: each check is counted as a test.
check_with_promtool() {
  echo
  if run promtool "$@"; then
    passed=$((passed + 1))
  else
    echo "promtool $* failed" >&2
    failed=$((failed + 1))
  fi
}

if [ $# -eq 0 ]; then
  publish &
  preparing=$!
  check_with_promtool check config deploy/prometheus/prometheus.yml
  check_with_promtool check rules deploy/prometheus/alerts.yml
  check_with_promtool test rules deploy/prometheus/alerts.test.yml
fi

run_tests Worker.Tests "$@"
if [ -n "$preparing" ]; then
  pid=$preparing
  wait "$pid" || { preparing=; echo "The worker was not published, so its tests did not run." >&2; exit 1; }
  preparing=
  export TEST_WORKER=$scratch/worker/Gateway.Worker.dll
fi
run_tests Integration.Tests "$@"

echo
# Once more, because what they have printed may be longer than the log that somebody reads.
if [ ${#failures[@]} -gt 0 ]; then printf 'FAILED %s\n' "${failures[@]}"; fi
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
