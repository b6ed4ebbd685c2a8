#!/usr/bin/env bash
# Tries the container for real: builds the image, starts it with docker-compose.yml, and looks whether it keeps what is said of it.
set -euo pipefail

usage() {
  cat <<'TEXT'
deploy/try.sh [--no-build | --image FILE] [--stand-ins]

The image is built and migrates, becomes healthy and delivers a webhook; while webhooks are published the worker is replaced, and none is lost;
with attempts under way it is stopped, and ends within its grace with 0. Then everything is removed. Prints what was measured.

  --no-build      the image is there already, under the name that docker-compose.yml gives it
  --image FILE    it is in a file, as `docker save` has written it
  --stand-ins     does not even try to fetch an image

Takes the Docker engine that answers, else (as root) starts one of Debian 13 with a data folder, socket and network of its own, which end with
the script. Where images cannot be fetched, stand-ins are made: from the Debian 13 of tests/servers.sh and the .NET SDK of this machine.
TEXT
}

build=yes fetch=yes file=
while [ $# -gt 0 ]; do
  case $1 in
    --no-build) build= ;;
    --image)
      [ -r "${2:-}" ] || { echo "try.sh: --image: '${2:-}' is no file that can be read" >&2; exit 2; }
      build= file=$(readlink -f "$2")
      shift
      ;;
    --stand-ins) fetch= ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD
scratch=$(mktemp -d "${TMPDIR:-/tmp}/gateway-try.XXXXXX")
cache=${TEST_SERVERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gateway-tests}
project=gateway-try
engine=
is_up=

say() { printf '%s\n' "$*" >&2; }
fail() { say "try.sh: $*"; exit 1; }

clean_up() {
  local status=$?
  trap '' INT TERM
  if [ -n "$is_up" ]; then
    [ "$status" -eq 0 ] || compose logs --no-color --tail 40 >&2 || true
    compose down --volumes --timeout 20 --remove-orphans >/dev/null 2>&1 || true
  fi
  stop_engine
  rm -rf --one-file-system "$scratch"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- an engine of our own -------------------------------------------------------------------------------------------

# The engine's programs, as a layer over the folder of Debian 13: made once.
make_programs() {
  (
    exec 9>"$cache/debian13-docker.lock"
    flock 9
    [ ! -d "$cache/debian13-docker" ] || exit 0
    say "Making $cache/debian13-docker, once: a minute or two"
    rm -rf "$cache/debian13-docker.partial"
    mkdir -p "$cache/debian13-docker.partial"/{upper,work,merged}
    unshare --mount --propagation private sh -ec '
      mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/merged"
      mount -t proc proc "$1/merged/proc"
      cp /etc/resolv.conf "$1/merged/etc/resolv.conf"
      chroot "$1/merged" sh -ec "export DEBIAN_FRONTEND=noninteractive; apt-get -qq update; apt-get -qq -y install --no-install-recommends docker.io docker-cli docker-compose docker-buildx containerd runc iptables iproute2; apt-get clean"
      ' install "$cache/debian13-docker.partial" "$cache/debian13" >"$scratch/programs.log" 2>&1 || { tail -n 20 "$scratch/programs.log" >&2; exit 1; }
    mv "$cache/debian13-docker.partial/upper" "$cache/debian13-docker"
    rm -rf "$cache/debian13-docker.partial"
  ) || fail "$cache/debian13-docker could not be made"
}

# Starts dockerd where nothing of it outlives it or this script: its processes, mounts and, if "apart", its network are in namespaces that end
# with the first of its processes. In the machine's network it has none for containers, which is enough to build.
start_engine() {
  local network=$1 namespaces=(--mount --pid --fork --kill-child=KILL --propagation private) options=()
  if [ "$network" = apart ]; then namespaces+=(--net); else options=(--bridge=none --iptables=false --ip6tables=false); fi
  mkdir -p "$scratch"/{root,upper,work,dotnet,certificates}
  setpriv --pdeathsig KILL unshare "${namespaces[@]}" sh -ec '
    scratch=$1 cache=$2 repository=$3 sdk=$4
    shift 4
    mount -t overlay overlay -o "lowerdir=$cache/debian13-docker:$cache/debian13,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
    cd "$scratch/root"
    mkdir -p ".$scratch" ".$repository" old
    mount -t proc proc proc
    mount --rbind /sys sys
    mount --rbind /dev dev
    mount --bind "$sdk" "$scratch/dotnet"
    mount --bind /etc/ssl/certs "$scratch/certificates"
    mount --rbind "$scratch" ".$scratch"
    mount --bind "$repository" ".$repository"
    cp /etc/resolv.conf etc/resolv.conf
    pivot_root . old
    cd /
    umount -l old
    ip link set lo up
    # The shell collects those whose parents have ended.
    "$@" &
    trap "kill -TERM $!" TERM
    while kill -0 $! 2>/dev/null; do wait $! || true; done
    ' engine "$scratch" "$cache" "$repository" "$sdk" dockerd --data-root "$scratch/data" --exec-root "$scratch/exec" --pidfile "$scratch/dockerd.pid" \
    --host "unix://$scratch/docker.sock" --group root --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/${scratch##*/}" \
    ${options[@]+"${options[@]}"} >>"$scratch/dockerd.log" 2>&1 </dev/null &
  engine=$!
  for _ in {1..300}; do
    if docker info >/dev/null 2>&1; then return; fi
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 30 "$scratch/dockerd.log" >&2
  fail "dockerd did not start"
}

# The first process of its namespaces, with which the others end.
engine_init() { ps -o pid= --ppid "$engine" 2>/dev/null | tr -d ' '; }

stop_engine() {
  local init
  [ -n "$engine" ] || return 0
  if init=$(engine_init) && [ -n "$init" ]; then
    kill -TERM "$init" 2>/dev/null || true
    for _ in {1..200}; do
      kill -0 "$engine" 2>/dev/null || break
      sleep 0.1
    done
  fi
  # That takes the rest with it.
  kill -KILL "$engine" 2>/dev/null || true
  wait "$engine" 2>/dev/null || true
  engine=
  rm -rf "$scratch/exec" "$scratch/docker.sock" "$scratch/dockerd.pid" "$scratch/upper" "$scratch/work"
  find /sys/fs/cgroup -depth -type d -path "*/${scratch##*/}*" -exec rmdir {} + 2>/dev/null || true
}

docker() {
  if [ -z "$own" ]; then
    command docker "$@"
  else
    nsenter --target "$(engine_init)" --mount --net --pid -- env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$scratch" \
      DOCKER_HOST="unix://$scratch/docker.sock" OPS_API_KEYS="${OPS_API_KEYS:-}" sh -c 'cd "$1" && shift && exec docker "$@"' docker "$repository" "$@"
  fi
}

# ---- images ---------------------------------------------------------------------------------------------------------

# The images that docker-compose.yml and the Dockerfile name, each with its stand-in.
images() {
  sed -n 's/^FROM \(--platform=[^ ]* \)*\(mcr[^ ]*sdk[^ ]*\) .*/\2 sdk/p; s/^FROM \(--platform=[^ ]* \)*\(mcr[^ ]*aspnet[^ ]*\) .*/\2 runtime/p' deploy/Dockerfile
  sed -n 's/^    image: \(rabbitmq\|redis\|postgres\)\(:[^ ]*\)$/\1\2 \1/p; s/^    image: \([^ ]*\/[^ ]*:[^ ]*\)$/\1 watcher/p' docker-compose.yml | sort -u
}

fetch_images() {
  local image
  while read -r image _; do
    # What is built needs no base.
    case $image in mcr*) [ -n "$build" ] || continue ;; esac
    docker pull --quiet "$image" >/dev/null 2>&1 </dev/null || { say "$image cannot be fetched: stand-ins are made."; return 1; }
  done < <(images)
}

make_stand_ins() {
  local image target
  [ -n "$own" ] || fail "images cannot be fetched, and stand-ins are made with an engine of their own only: stop the Docker engine, or mend its network"
  say "Making the stand-ins"
  tar -C "$cache/debian13" --one-file-system --exclude='./proc/*' --exclude='./dev/*' --exclude='./tmp/*' -c . | docker import - debian13 >/dev/null
  while read -r image target; do
    docker build --quiet --network host --file deploy/try/stand-ins.Dockerfile --target "$target" --tag "$image" \
      --build-context "dotnet=$scratch/dotnet" --build-context "certificates=$scratch/certificates" deploy/try </dev/null >/dev/null
  done < <(images)
}

build_image() {
  local started=$SECONDS
  say "Building the image"
  # The syntax line would have its front end fetched; BuildKit's own knows all that the file uses.
  sed '1{/^# syntax=/d}' deploy/Dockerfile >"$scratch/Dockerfile"
  docker build ${own:+--network host} --file "$scratch/Dockerfile" --tag "$image" . >"$scratch/build.log" 2>&1 || { tail -n 40 "$scratch/build.log" >&2; fail "the image was not built"; }
  measure "build of the image" "$((SECONDS - started)) s"
}

# ---- the trial ------------------------------------------------------------------------------------------------------

compose() { docker compose --project-name "$project" --file docker-compose.yml --file deploy/try/compose.yml "$@" </dev/null; }

measured=()
measure() { measured+=("$(printf '%-34s %s' "$1" "$2")"); }

worker() { compose ps --all --quiet worker; }

await_healthy() {
  local state
  for _ in {1..720}; do
    state=$(docker inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$(worker)" 2>/dev/null) || state=
    case $state in
      'running healthy') return ;;
      exited* | dead*) fail "the worker has ended" ;;
    esac
    sleep 0.25
  done
  fail "the worker did not become healthy within three minutes"
}

# The ids that the merchant has "received", or has "began" to answer.
told() { docker logs "$(compose ps --quiet merchant)" 2>/dev/null | sed -n "s/^$1 //p" | sort -u; }

# Waits until the merchant has each webhook of a file, of lines "published ID".
await_received() {
  local missing
  for _ in {1..240}; do
    missing=$(comm -23 <(sed -n 's/^published //p' "$1" | sort) <(told received) | wc -l)
    [ "$missing" -gt 0 ] || return 0
    sleep 0.5
  done
  fail "$missing of $(grep -c '^published ' "$1") webhooks were not delivered"
}

publish() { compose exec -T merchant perl /merchant.pl publish "$1" "$key" "$merchant" "$2"; }

exit_code() { docker inspect --format '{{.State.ExitCode}}' "$1"; }

own=
if ! command -v docker >/dev/null || ! timeout 10 docker info >/dev/null 2>&1; then
  own=yes
  [ "$(id -u)" -eq 0 ] || fail "no Docker engine answers, and to start one needs root"
  sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")
  # Makes the folder of Debian 13 where it is not there yet.
  [ -d "$cache/debian13" ] || { TEST_SERVERS=debian13 tests/servers.sh start "$scratch/servers" redis >/dev/null && tests/servers.sh stop "$scratch/servers"; }
  make_programs
  start_engine machines
fi

image=$(sed -n 's/^  image: \(gateway-worker:[^ ]*\)$/\1/p' docker-compose.yml)
[ -n "$image" ] || fail "docker-compose.yml names no image gateway-worker"
[ -n "$fetch" ] && fetch_images || make_stand_ins
if [ -n "$file" ]; then docker load --quiet <"$file" >/dev/null; fi
if [ -n "$build" ]; then build_image; fi
docker image inspect "$image" >/dev/null 2>&1 || fail "there is no image $image"
measure "size of the image" "$(docker image inspect --format '{{.Size}}' "$image" | awk '{printf "%.0f MB", $1 / 1e6}')"
if [ -n "$own" ]; then
  stop_engine
  start_engine apart
fi

keys=$(docker run --rm --network none "$image" keys new try operator 2>/dev/null)
key=$(sed -n 's/^OPS_API_KEY=//p' <<<"$keys")
OPS_API_KEYS=$(sed -n 's/^OPS_API_KEYS=//p' <<<"$keys")
export OPS_API_KEYS

say "Starting the worker with its servers"
is_up=yes
started=$SECONDS
compose up --detach --no-build worker merchant >"$scratch/up.log" 2>&1 || { cat "$scratch/up.log" >&2; fail "docker compose up has failed"; }
await_healthy
measure "from nothing to healthy" "$((SECONDS - started)) s"
for once in migrate rights; do
  [ "$(exit_code "$(compose ps --all --quiet "$once")")" -eq 0 ] || fail "$once has failed"
done

merchant=$(compose run --rm --no-deps -T migrate merchants add --development --name Try --url http://merchant:9000/hooks 2>/dev/null | sed -n 's/^MERCHANT_ID=//p')
[ -n "$merchant" ] || fail "no merchant could be added"
publish 1 try.first >"$scratch/first"
await_received "$scratch/first"
say "A webhook was delivered"

before=$(worker)
: >"$scratch/replaced"
publish 300 try.replaced >>"$scratch/replaced" &
publishing=$!
until [ "$(grep -c '^published ' "$scratch/replaced")" -ge 50 ]; do
  kill -0 "$publishing" 2>/dev/null || fail "nothing could be published"
  sleep 0.1
done
started=$SECONDS
compose up --detach --no-build --no-deps --force-recreate worker >/dev/null 2>&1
[ "$(worker)" != "$before" ] || fail "the worker was not replaced"
await_healthy
measure "replaced and healthy again" "$((SECONDS - started)) s"
wait "$publishing" || fail "not all webhooks could be published"
await_received "$scratch/replaced"
measure "webhooks while it was replaced" "300 published, $(comm -12 <(sed -n 's/^published //p' "$scratch/replaced" | sort) <(told received) | wc -l) delivered"
measure "memory of the worker" "$(docker stats --no-stream --format '{{.MemUsage}}' "$(worker)")"

# Four attempts that take five seconds each.
publish 4 try.slow >"$scratch/slow"
for _ in {1..100}; do
  [ "$(told began | wc -l)" -lt 4 ] || break
  sleep 0.2
done
last=$(worker)
started=$SECONDS
compose stop worker >/dev/null 2>&1
took=$((SECONDS - started))
[ "$(exit_code "$last")" -eq 0 ] || fail "the worker ended with $(exit_code "$last") when it was told to stop"
[ "$took" -lt 60 ] || fail "the worker took $took s to stop"
await_received "$scratch/slow"
measure "stop with four attempts under way" "$took s, exit code 0, all four were delivered"

printf '\n'
printf '%s\n' "${measured[@]}"
