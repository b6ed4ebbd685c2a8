#!/usr/bin/env bash
# Starts RabbitMQ, Redis and PostgreSQL for tests and benchmarks, on free ports of the loopback interface.
set -euo pipefail

usage() {
  cat <<'TEXT'
Throw-away RabbitMQ (with its management API), Redis and PostgreSQL on 127.0.0.1, for tests and benchmarks.

  tests/servers.sh start DIR [SERVER...]            starts all three (or the named ones) with their data in DIR
  tests/servers.sh stop DIR                         stops what start started and removes its data
  tests/servers.sh DIR stop|start|kill|restart SERVER
                                                    takes one server away or brings it back, on the same port and
                                                    with the same data; kill is SIGKILL
  tests/servers.sh DIR alarm|full|calm rabbitmq     lets RabbitMQ run short of memory, or of disk, and ends it
  tests/servers.sh DIR narrow rabbitmq              lets RabbitMQ refuse messages over 16 KiB, on channels opened from then on
  tests/servers.sh DIR impatient rabbitmq           lets RabbitMQ close channels, opened from then on, on which a message is
                                                    unsettled for 12 s
  tests/servers.sh DIR partition|heal NODE          drops all that goes between a node of RabbitMQ and the others of its cluster, and lets
                                                    it through again (root, iptables); what leads to the node's clients stays
  tests/servers.sh install COMMAND=PACKAGE...       installs the Debian package of each command that is missing,
                                                    without letting it start a service (root, Debian or Ubuntu)
  tests/servers.sh port                             prints a free port

SERVER is rabbitmq, redis or postgres; start DIR takes these. From the machine's own binaries `tests/servers.sh DIR start MORE` adds
what belongs to one of them, whose ports are in DIR/MORE/settings: standby, a second PostgreSQL that follows the first one; replica, a
Redis that follows the first one; sentinels, three of them that watch it under the name "payments"; cluster, a Redis Cluster of three
masters beside it; rabbitmq2 and rabbitmq3, nodes that join the first RabbitMQ's cluster. By hand:

  eval "$(tests/servers.sh start /tmp/gateway)"     also sets TEST_RABBITMQ, TEST_REDIS, ... in this shell
  dotnet run --project tests/Integration.Tests -- -class 'Gateway.Integration.Tests.Testing.*'
  tests/servers.sh stop /tmp/gateway

start writes the same settings to DIR/env: TEST_RABBITMQ (amqp URI), TEST_RABBITMQ_MANAGEMENT (http URI),
TEST_REDIS (host:port), TEST_POSTGRES (Npgsql connection string) and TEST_SERVERS_DIR. Logs are in DIR/SERVER/log.

The servers run in containers where a Docker engine with the compose plug-in answers, else from the machine's own
binaries, which are installed first where that is possible. TEST_ENGINE=docker or TEST_ENGINE=binaries decides instead.

TEST_POSTGRES_FSYNC=off lets PostgreSQL leave to the kernel when what it writes comes to the disk (fsync, full_page_writes): a test
that kills it loses nothing by that, only a machine that loses power would. For measurements it stays on.

TEST_SERVERS=debian12 (RabbitMQ 3.10, PostgreSQL 15, Redis 7.0) or TEST_SERVERS=debian13 (RabbitMQ 4.0, PostgreSQL 17, Redis 8.0)
takes the servers of that Debian instead, on any Linux: made once by debootstrap (root) in TEST_SERVERS_CACHE
(~/.cache/gateway-tests) and used from there. What the servers see of the machine is mounted for each of them alone, in a
namespace that ends with it, so no mount is ever left behind.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
start_seconds=90
narrow='application:set_env(rabbit, max_message_size, 16384).'
impatient='application:set_env(rabbit, consumer_timeout, 12000), application:set_env(rabbit, channel_tick_interval, 1000).'

say() { printf '%s\n' "$*" >&2; }
fail() { say "servers.sh: $*"; exit 1; }

# ---- the servers of another Debian ----------------------------------------------------------------------------------

# The folder of that Debian, or nothing where the machine's own programs are used.
root=

# Makes the words of a command run one in that folder, with DIR, devices and processes of the machine. The process stays the same, so its
# id is the server's.
inside() {
  if [ -z "$root" ]; then
    command=("$@")
  else
    command=(unshare --mount --propagation private sh -ec '
      root=$1 dir=$2; shift 2
      mount --rbind /proc "$root/proc"
      mount --rbind /dev "$root/dev"
      mkdir -p "$root$dir"
      mount --bind "$dir" "$root$dir"
      exec chroot "$root" "$@"' enter "$root" "$dir" "$@")
  fi
}

# Runs a program of the servers to its end.
server_program() {
  local command
  inside "$@"
  "${command[@]}"
}

# Makes the folder of a Debian, once; others that want it wait.
make_root() {
  local name=$1 suite=$2 cache=${TEST_SERVERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gateway-tests} mirror
  [ "$(id -u)" -eq 0 ] || fail "TEST_SERVERS=$name needs root, for debootstrap and chroot"
  install debootstrap=debootstrap
  mkdir -p "$cache"
  root=$cache/$name
  (
    exec 9>"$cache/$name.lock"
    flock 9
    # It gets its name only when all is in it.
    [ ! -d "$root" ] || exit 0
    say "Making $root, once: a minute or two"
    rm -rf "$root.partial"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -n 1) || true
    debootstrap --variant=minbase "$suite" "$root.partial" ${mirror:+"$mirror"} >&2
    printf '#!/bin/sh\nexit 101\n' >"$root.partial$policy"
    chmod +x "$root.partial$policy"
    unshare --mount --propagation private sh -ec '
      mount -t proc proc "$1/proc"
      chroot "$1" sh -ec "export DEBIAN_FRONTEND=noninteractive; apt-get -qq update; apt-get -qq -y install --no-install-recommends rabbitmq-server redis-server postgresql; apt-get clean"
      ' install "$root.partial" >&2
    echo '127.0.0.1 localhost' >"$root.partial/etc/hosts"
    mv "$root.partial" "$root"
  ) || fail "$root could not be made"
}

choose_root() {
  case ${TEST_SERVERS:-} in
    '') ;;
    debian12) make_root debian12 bookworm ;;
    debian13) make_root debian13 trixie ;;
    *) fail "TEST_SERVERS is '$TEST_SERVERS': debian12 or debian13, or nothing for what the machine has" ;;
  esac
}

# ---- processes ------------------------------------------------------------------------------------------------------

# When a process began: a number that a later process with the same id does not have. Nothing for a dead one.
birth() {
  local stat
  if [ -d /proc/self ]; then
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    set -- ${stat##*) }
    [ "$1" = Z ] || echo "${20}"
  else
    # Padded with blanks on some systems, and a blank at the end does not survive the pid file.
    ps -o lstart= -p "$1" 2>/dev/null | sed 's/^ *//; s/ *$//' || return 0
  fi
}

remember() { echo "$2 $(birth "$2")" >"$1"; }

# Prints the id in a pid file, if that very process still runs.
running() {
  local pid born
  [ -s "$1" ] && read -r pid born <"$1" && [ -n "$born" ] && [ "$(birth "$pid")" = "$born" ] && echo "$pid"
}

children() {
  local stat pid
  if [ -d /proc/self ]; then
    for stat in /proc/[0-9]*/stat; do
      pid=${stat#/proc/}
      stat=$(cat "$stat" 2>/dev/null) || continue
      set -- "$1" ${stat##*) }
      [ "$3" != "$1" ] || echo "${pid%/stat}"
    done
  else
    pgrep -P "$1" || true
  fi
}

# A session of its own keeps a Ctrl-C that is meant for the caller away from the server.
launch() {
  local home=$1 pidfile=$2 command
  shift 2
  inside "$@"
  set -- "${command[@]}"
  if command -v setsid >/dev/null; then set -- setsid "$@"; else set -- nohup "$@"; fi
  "$@" >>"$home/log" 2>&1 </dev/null &
  remember "$home/$pidfile" $!
  disown $!
}

# Signals the process of a pid file and waits for its end; after 30 s it is killed.
end() {
  local pidfile=$1 signal=$2 pid tick=0
  while pid=$(running "$pidfile"); do
    if [ "$tick" -eq 0 ]; then kill "-$signal" "$pid" 2>/dev/null || true; fi
    if [ "$tick" -eq 300 ]; then kill -KILL "$pid" 2>/dev/null || true; fi
    sleep 0.1
    tick=$((tick + 1))
  done
  rm -f "$pidfile"
}

# Below the range from which the kernel takes the ports of outgoing connections.
free_port() {
  local port
  while :; do
    port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

# Waits until the server of a folder answers; returns 1 as soon as its process has ended.
await() {
  local home=$1 answers=$2 deadline=$((SECONDS + start_seconds))
  until "$answers" 2>/dev/null; do
    running "$home/pid" >/dev/null && [ -z "${cancelled:-}" ] || return 1
    [ "$SECONDS" -lt "$deadline" ] || { say "$home did not answer within $start_seconds s"; return 1; }
    sleep 0.1
  done
}

# ---- RabbitMQ -------------------------------------------------------------------------------------------------------

# Distributions put a wrapper into PATH that changes the user; the script behind it does not.
rabbitmq_server() {
  if [ -x "$root/usr/lib/rabbitmq/bin/rabbitmq-server" ]; then
    echo /usr/lib/rabbitmq/bin/rabbitmq-server
  else
    command -v rabbitmq-server
  fi
}

rabbitmq_answers() {
  local byte status
  exec 3<>"/dev/tcp/127.0.0.1/$rabbitmq_port" || return 1
  printf 'AMQP\0\0\11\1' >&3
  IFS= read -r -n 1 -t 5 byte <&3 || return 1
  exec 3>&-
  # A frame of type 1 is Connection.Start; a broker that is not ready closes the connection.
  [ "$byte" = $'\1' ] || return 1
  exec 3<>"/dev/tcp/127.0.0.1/$rabbitmq_management_port" || return 1
  printf 'GET /api/vhosts HTTP/1.0\r\nAuthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n' >&3
  read -r -t 5 _ status _ <&3 || return 1
  exec 3>&-
  [ "$status" = 200 ]
}

rabbitmq_ports() {
  rabbitmq_port=$(free_port)
  rabbitmq_management_port=$(free_port)
  rabbitmq_dist_port=$(free_port)
  rabbitmq_epmd_port=$(free_port)
}

rabbitmq_start() { rabbitmq_node rabbitmq gateway-tests@localhost; }

# Starts the node of a folder, at the ports that the caller has set.
rabbitmq_node() {
  local home=$dir/$1 node=$2
  mkdir -p "$home/conf.d" "$home/mnesia"
  cat >"$home/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$rabbitmq_port
management.tcp.ip = 127.0.0.1
management.tcp.port = $rabbitmq_management_port
collect_statistics_interval = 1000
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = info
log.file = false
cluster_partition_handling = pause_minority
CONF
  if [ "$1" != rabbitmq ]; then
    # One that starts for the first time joins the first node; each must find itself among those that it is told of.
    [ -e "$home/.erlang.cookie" ] || cp -p "$dir/rabbitmq/.erlang.cookie" "$home/.erlang.cookie"
    cat >>"$home/rabbitmq.conf" <<CONF
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = gateway-tests@localhost
cluster_formation.classic_config.nodes.2 = $node
CONF
  fi
  [ -e "$home/enabled_plugins" ] || echo '[rabbitmq_management,rabbitmq_random_exchange].' >"$home/enabled_plugins"
  (
    # Nothing of /etc/rabbitmq or of a broker that the machine runs itself may reach this one.
    for variable in $(compgen -e | grep -E '^(RABBITMQ|ERL)_' || true); do unset "$variable"; done
    export HOME=$home LC_ALL=C.UTF-8
    export ERL_EPMD_PORT=$rabbitmq_epmd_port ERL_EPMD_ADDRESS=127.0.0.1
    export ERL_CRASH_DUMP=$home/erl_crash.dump
    export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE=$home/rabbitmq.conf RABBITMQ_CONFIG_FILES=$home/conf.d
    export RABBITMQ_ADVANCED_CONFIG_FILE=$home/advanced.config RABBITMQ_ENABLED_PLUGINS_FILE=$home/enabled_plugins
    export RABBITMQ_NODENAME=$node RABBITMQ_DIST_PORT=$rabbitmq_dist_port
    export RABBITMQ_MNESIA_BASE=$home/mnesia RABBITMQ_LOG_BASE=$home RABBITMQ_LOGS=-
    # In words of 8 bytes. Before 3.12 a queue's process holds the bodies that wait, and with the default of 0.4 MB it looks through all of
    # them so often for garbage that consuming may cost twice as much: docs/operations.md.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +hmbs 8388608'
    # After so many seconds without a sign of life a node takes another for lost. By default it waits a minute, and so would the tests.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS+=' -kernel net_ticktime 8'
    # Nodes of one machine are told apart by the address from which they connect. Only Linux has more than one on the loopback interface.
    [ ! -d /proc/self ] || RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS+=" -kernel inet_dist_connect_options [{ip,{$(node_address "$rabbitmq_dist_port" ,)}}]"
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS
    # With input allowed the script becomes the broker's process, so that a signal reaches the broker itself.
    export RABBITMQ_ALLOW_INPUT=1
    running "$dir/rabbitmq/epmd.pid" >/dev/null || launch "$dir/rabbitmq" epmd.pid epmd -port "$rabbitmq_epmd_port" -address 127.0.0.1
    launch "$home" pid "$(rabbitmq_server)" -noinput
  )
  await "$home" rabbitmq_answers
}

# Where a node connects from, by the port at which the others find it: an address that no other node has. Its numbers are separated as told.
node_address() { echo "127${2}1${2}$(($1 / 256))${2}$(($1 % 256))"; }

# What iptables knows a node's traffic with the others by, whoever of them has connected: one match a line.
node_traffic() {
  local port=${1}_dist_port address
  address=$(node_address "${!port}" .)
  printf '%s\n' "--sport ${!port}" "--dport ${!port}" "--source $address" "--destination $address"
}

# Noted before it begins, so that it ends with the servers, however those who wanted it have ended.
node_partition() {
  local match
  touch "$dir/$1/partitioned"
  while read -r match; do
    iptables -w --insert INPUT -i lo -p tcp $match -j DROP || fail "$1 cannot be cut off: that takes iptables and root"
  done < <(node_traffic "$1")
}

node_join() {
  local match
  [ -e "$dir/$1/partitioned" ] || return 0
  while read -r match; do
    # As often as it is there.
    while iptables -w --delete INPUT -i lo -p tcp $match -j DROP 2>/dev/null; do :; done
  done < <(node_traffic "$1")
  rm "$dir/$1/partitioned"
}

# A node that found itself alone has let go of its clients, and takes them again when it has found the others.
node_heal() {
  local port=${1}_port management=${1}_management_port
  local rabbitmq_port=${!port} rabbitmq_management_port=${!management}
  node_join "$1"
  await "$dir/$1" rabbitmq_answers
}

rabbitmq_control() {
  (
    for variable in $(compgen -e | grep -E '^(RABBITMQ|ERL)_' || true); do unset "$variable"; done
    export HOME=$dir/rabbitmq LC_ALL=C.UTF-8 ERL_EPMD_PORT=$rabbitmq_epmd_port RABBITMQ_CONF_ENV_FILE=/dev/null
    server_program "$(dirname "$(rabbitmq_server)")/rabbitmqctl" -q --node gateway-tests@localhost "$@"
  )
}

rabbitmq_alarm() { rabbitmq_control set_vm_memory_high_watermark 0; }
rabbitmq_full() { rabbitmq_control set_disk_free_limit 1000000GB; }
rabbitmq_calm() { rabbitmq_control set_vm_memory_high_watermark 0.4 && rabbitmq_control set_disk_free_limit 50MB; }
rabbitmq_narrow() { rabbitmq_control eval "$narrow"; }
rabbitmq_impatient() { rabbitmq_control eval "$impatient"; }

# Where there are others in its cluster, they are found through the first one's epmd, which stays.
rabbitmq_end() {
  end "$dir/rabbitmq/pid" "$1"
  [ -d "$dir/rabbitmq2" ] || [ -d "$dir/rabbitmq3" ] || end "$dir/rabbitmq/epmd.pid" "$1"
}

rabbitmq_stop() { rabbitmq_end TERM; }
rabbitmq_kill() { rabbitmq_end KILL; }

rabbitmq2_ports() {
  rabbitmq2_port=$(free_port)
  rabbitmq2_management_port=$(free_port)
  rabbitmq2_dist_port=$(free_port)
}

rabbitmq2_start() {
  local rabbitmq_port=$rabbitmq2_port rabbitmq_management_port=$rabbitmq2_management_port rabbitmq_dist_port=$rabbitmq2_dist_port
  rabbitmq_node rabbitmq2 gateway-tests-2@localhost
}

rabbitmq2_stop() { end "$dir/rabbitmq2/pid" TERM; }
rabbitmq2_kill() { end "$dir/rabbitmq2/pid" KILL; }

rabbitmq3_ports() {
  rabbitmq3_port=$(free_port)
  rabbitmq3_management_port=$(free_port)
  rabbitmq3_dist_port=$(free_port)
}

rabbitmq3_start() {
  local rabbitmq_port=$rabbitmq3_port rabbitmq_management_port=$rabbitmq3_management_port rabbitmq_dist_port=$rabbitmq3_dist_port
  rabbitmq_node rabbitmq3 gateway-tests-3@localhost
}

rabbitmq3_stop() { end "$dir/rabbitmq3/pid" TERM; }
rabbitmq3_kill() { end "$dir/rabbitmq3/pid" KILL; }

# ---- Redis ----------------------------------------------------------------------------------------------------------

redis_answers() {
  local answer
  exec 3<>"/dev/tcp/127.0.0.1/$redis_port" || return 1
  printf 'PING\r\n' >&3
  read -r -t 5 answer <&3 || return 1
  exec 3>&-
  [ "$answer" = $'+PONG\r' ]
}

redis_ports() { redis_port=$(free_port); }

redis_start() {
  local home=$dir/redis
  mkdir -p "$home"
  launch "$home" pid redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$home" --daemonize no \
    --save '' --appendonly yes --appendfsync everysec
  await "$home" redis_answers
}

redis_stop() { end "$dir/redis/pid" TERM; }
redis_kill() { end "$dir/redis/pid" KILL; }

answers_ping() {
  local redis_port=$1
  redis_answers
}

# Follows the server of the same folder until somebody promotes it.
replica_ports() { replica_port=$(free_port); }
replica_answers() { answers_ping "$replica_port"; }

replica_start() {
  local home=$dir/replica
  mkdir -p "$home"
  launch "$home" pid redis-server --bind 127.0.0.1 --port "$replica_port" --dir "$home" --daemonize no \
    --save '' --appendonly yes --appendfsync everysec --replicaof 127.0.0.1 "$redis_port"
  await "$home" replica_answers
}

replica_stop() { end "$dir/replica/pid" TERM; }
replica_kill() { end "$dir/replica/pid" KILL; }

# Three that watch the server of the same folder. They wait longer than a worker does between two looks at Redis, so that it sees it away.
sentinels_ports() {
  sentinels_first_port=$(free_port)
  sentinels_second_port=$(free_port)
  sentinels_third_port=$(free_port)
}

sentinels_answer() {
  answers_ping "$sentinels_first_port" && answers_ping "$sentinels_second_port" && answers_ping "$sentinels_third_port"
}

sentinels_start() {
  local home=$dir/sentinels one port
  for one in first second third; do
    mkdir -p "$home/$one"
    port=sentinels_${one}_port
    # They note in it what they have learnt.
    [ -e "$home/$one/sentinel.conf" ] || cat >"$home/$one/sentinel.conf" <<CONF
bind 127.0.0.1
port ${!port}
dir $home/$one
sentinel monitor payments 127.0.0.1 $redis_port 2
sentinel down-after-milliseconds payments 3000
sentinel failover-timeout payments 10000
CONF
    launch "$home" "$one.pid" redis-server "$home/$one/sentinel.conf" --sentinel
  done
  cp "$home/first.pid" "$home/pid"
  await "$home" sentinels_answer
}

sentinels_stop() { sentinels_end TERM; }
sentinels_kill() { sentinels_end KILL; }

sentinels_end() {
  local one
  for one in first second third; do end "$dir/sentinels/$one.pid" "$1"; done
  rm -f "$dir/sentinels/pid"
}

# Three masters beside the server of the same folder.
cluster_ports() {
  cluster_first_port=$(free_port)
  cluster_second_port=$(free_port)
  cluster_third_port=$(free_port)
}

cluster_answers() {
  answers_ping "$cluster_first_port" && answers_ping "$cluster_second_port" && answers_ping "$cluster_third_port"
}

cluster_start() {
  local home=$dir/cluster one port ports=()
  for one in first second third; do
    mkdir -p "$home/$one"
    port=cluster_${one}_port
    ports+=("127.0.0.1:${!port}")
    launch "$home" "$one.pid" redis-server --bind 127.0.0.1 --port "${!port}" --dir "$home/$one" --daemonize no --save '' \
      --cluster-enabled yes --cluster-port "$(free_port)" --cluster-node-timeout 2000
  done
  cp "$home/first.pid" "$home/pid"
  await "$home" cluster_answers || return 1
  server_program redis-cli --cluster create "${ports[@]}" --cluster-yes >>"$home/log" 2>&1
}

cluster_stop() { cluster_end TERM; }
cluster_kill() { cluster_end KILL; }

cluster_end() {
  local one
  for one in first second third; do end "$dir/cluster/$one.pid" "$1"; done
  rm -f "$dir/cluster/pid"
}

# ---- PostgreSQL -----------------------------------------------------------------------------------------------------

# Debian keeps the server's programs out of PATH, one folder for each major version.
postgres_bin() {
  local initdb bin found=
  if [ -n "$root" ]; then
    for initdb in "$root"/usr/lib/postgresql/*/bin/initdb; do
      if [ -x "$initdb" ]; then found=$(dirname "${initdb#"$root"}"); fi
    done
  else
    for initdb in $(command -v initdb || true) /usr/pgsql-*/bin/initdb /usr/lib/postgresql/*/bin/initdb; do
      bin=$(dirname "$(readlink -f "$initdb" 2>/dev/null || echo "$initdb")")
      if [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && [ -x "$bin/pg_isready" ]; then found=$bin; fi
    done
  fi
  [ -n "$found" ] && echo "$found"
}

# Makes the words of a command run it as a user whom PostgreSQL accepts: it refuses to run as root.
postgres_user() {
  local user=postgres
  as_user=()
  if [ "$(id -u)" -eq 0 ]; then
    [ -n "$root" ] || id "$user" >/dev/null 2>&1 || user=nobody
    as_user=(setpriv --reuid="$user" --regid="$(server_program id -g "$user")" --clear-groups)
  fi
}

unprivileged() {
  local as_user
  postgres_user
  (cd / && server_program ${as_user[@]+"${as_user[@]}"} "$@")
}

postgres_settings=(-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=600
  -c fsync="${TEST_POSTGRES_FSYNC:-on}" -c full_page_writes="${TEST_POSTGRES_FSYNC:-on}")

postgres_answers() { server_program "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"; }

postgres_ports() { postgres_port=$(free_port); }

postgres_start() {
  local home=$dir/postgres bin
  bin=$(postgres_bin)
  if [ ! -d "$home/data" ]; then
    mkdir -p "$home/data"
    if [ "$(id -u)" -eq 0 ]; then
      chmod go+x "$dir" "$home"
      chown "$(unprivileged id -u):$(unprivileged id -g)" "$home/data"
      unprivileged test -x "$home/data" || fail "$dir cannot be entered by the user that runs PostgreSQL: choose a folder under /tmp"
    fi
    unprivileged "$bin/initdb" -D "$home/data" -U postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >>"$home/log" 2>&1
  fi
  postgres_launch "$home" "$bin/postgres" -D "$home/data" -p "$postgres_port" "${postgres_settings[@]}"
  await "$home" postgres_answers
}

# setpriv replaces itself by PostgreSQL, so that the process's id is the server's.
postgres_launch() {
  local home=$1 as_user
  shift
  postgres_user
  (cd / && launch "$home" pid ${as_user[@]+"${as_user[@]}"} "$@")
}

postgres_stop() { end "$dir/postgres/pid" INT; }

# The server processes that outlive a killed postmaster would hold its shared memory against the next start.
postgres_kill() {
  local pid child pids=
  if pid=$(running "$dir/postgres/pid"); then
    pids=$(children "$pid")
  fi
  end "$dir/postgres/pid" KILL
  for child in $pids; do
    kill -KILL "$child" 2>/dev/null || true
    while [ -n "$(birth "$child")" ]; do sleep 0.05; done
  done
  # Where nobody collects dead processes, as in many containers, the id in the lock file still looks alive.
  rm -f "$dir/postgres/data/postmaster.pid"
}

# Follows the server of the same folder until somebody promotes it.
standby_ports() { standby_port=$(free_port); }

standby_answers() { server_program "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$standby_port"; }

standby_start() {
  local home=$dir/standby bin
  bin=$(postgres_bin)
  if [ ! -d "$home/data" ]; then
    mkdir -p "$home/data"
    chmod 700 "$home/data"
    if [ "$(id -u)" -eq 0 ]; then
      chmod go+x "$dir" "$home"
      chown "$(unprivileged id -u):$(unprivileged id -g)" "$home/data"
    fi
    unprivileged "$bin/pg_basebackup" -h 127.0.0.1 -p "$postgres_port" -U postgres -D "$home/data" -R -X stream -c fast --no-sync >>"$home/log" 2>&1
  fi
  postgres_launch "$home" "$bin/postgres" -D "$home/data" -p "$standby_port" "${postgres_settings[@]}"
  await "$home" standby_answers
}

standby_stop() { end "$dir/standby/pid" INT; }
standby_kill() { end "$dir/standby/pid" QUIT; }

# ---- Docker ---------------------------------------------------------------------------------------------------------

docker_answers() {
  command -v docker >/dev/null || return 1
  if command -v timeout >/dev/null; then set -- timeout 5; else set --; fi
  "$@" docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
}

compose() {
  RABBITMQ_PORT=${rabbitmq_port:-0} RABBITMQ_MANAGEMENT_PORT=${rabbitmq_management_port:-0} \
    REDIS_PORT=${redis_port:-0} POSTGRES_PORT=${postgres_port:-0} \
    docker compose -p "$project" -f "$here/docker-compose.yml" "$@" </dev/null >&2
}

# ---- installing -----------------------------------------------------------------------------------------------------

debian_root() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && [ -r /etc/os-release ] && grep -qE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release
}

policy=/usr/sbin/policy-rc.d

# Debian's packages ask this file whether they may start their service; 101 means no.
forbid_services() {
  if [ -e "$policy" ]; then
    status=0
    "$policy" redis-server start >/dev/null 2>&1 || status=$?
    if [ "$status" -eq 101 ]; then return; fi
    mv "$policy" "$policy.before-servers.sh"
  fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  policy_written=yes
}

restore_services() {
  if [ -n "${policy_written:-}" ]; then
    rm -f "$policy"
    if [ -e "$policy.before-servers.sh" ]; then mv "$policy.before-servers.sh" "$policy"; fi
    policy_written=
  fi
}

has() {
  case $1 in
    rabbitmq) rabbitmq_server >/dev/null ;;
    redis) command -v redis-server >/dev/null ;;
    postgres) postgres_bin >/dev/null ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Each argument is COMMAND=PACKAGE: what must be there, and the Debian package that brings it.
install() {
  local pair packages=() apt=(apt-get -qq -y -o DPkg::Lock::Timeout=300)
  for pair in "$@"; do
    has "${pair%%=*}" || packages+=("${pair#*=}")
  done
  if [ ${#packages[@]} -eq 0 ]; then return; fi
  if ! debian_root; then
    say "Missing on this machine, please install:"
    for pair in "$@"; do
      has "${pair%%=*}" || say "  ${pair%%=*}  (Debian's package: ${pair#*=})"
    done
    exit 1
  fi
  say "Installing ${packages[*]}"
  (
    trap restore_services EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # Two installations at once, as in ./test.sh, take turns: apt's wait for its lock does not cover the update of its lists. The lock is on
    # a folder of root's: of a file in the shared temporary folder anybody may have made a link.
    if command -v flock >/dev/null; then
      exec 9<"$(dirname "$policy")"
      flock 9
    fi
    forbid_services
    export DEBIAN_FRONTEND=noninteractive
    "${apt[@]}" update >&2
    "${apt[@]}" install --no-install-recommends "${packages[@]}" >&2
  )
  for pair in "$@"; do
    has "${pair%%=*}" || fail "the package ${pair#*=} is installed, but ${pair%%=*} is not to be found"
  done
}

install_servers() {
  local server pairs=()
  # Another Debian's folder has them all.
  [ -z "$root" ] || return 0
  for server in "$@"; do
    case $server in
      rabbitmq) pairs+=(rabbitmq=rabbitmq-server) ;;
      redis) pairs+=(redis=redis-server) ;;
      postgres) pairs+=(postgres=postgresql) ;;
    esac
  done
  install "${pairs[@]}"
}

# ---- all of them ----------------------------------------------------------------------------------------------------

valid() {
  case $1 in
    rabbitmq | redis | postgres) ;;
    *) fail "there is no server '$1': rabbitmq, redis or postgres" ;;
  esac
}

# What one server was started with, for the calls that come later.
save() { set | grep -E "^${1}_([a-z]+_)?port=" >"$dir/$1/settings"; }

load() {
  local settings
  engine=$(cat "$dir/engine" 2>/dev/null) || fail "nothing was started in $dir"
  case $engine in
    docker*) project=${engine#docker } ;;
    # Where the servers are those of another Debian, its folder is noted.
    binaries*)
      root=${engine#binaries}
      root=${root# }
      engine=binaries
      ;;
  esac
  for settings in "$dir"/*/settings; do
    if [ -e "$settings" ]; then . "$settings"; fi
  done
}

# A port that was free may be taken a moment later, so a first start that fails is tried again with others.
start_fresh() {
  local server=$1 try
  # Told to end, it first notes what it has launched: a process that is not noted would never be stopped.
  trap 'cancelled=yes' TERM
  for try in 1 2 3; do
    "${server}_ports"
    if "${server}_start"; then
      save "$server"
      return
    fi
    "${server}_kill"
    [ -z "${cancelled:-}" ] || return 1
  done
  say "$server does not start; the end of its log:"
  tail -n 20 "$dir/$server/log" >&2 || true
  return 1
}

starters=()

start_binaries() {
  local server pid failed=
  echo "binaries${root:+ $root}" >"$dir/engine"
  for server in "$@"; do
    mkdir -p "$dir/$server"
    start_fresh "$server" &
    starters+=($!)
  done
  for pid in "${starters[@]}"; do
    wait "$pid" || failed=yes
  done
  starters=()
  [ -z "$failed" ]
}

give_up() {
  local pid
  trap '' INT TERM
  for pid in ${starters[@]+"${starters[@]}"}; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in ${starters[@]+"${starters[@]}"}; do wait "$pid" 2>/dev/null || true; done
  stop_all
  rm -f "$dir/starter"
  rmdir "$dir" 2>/dev/null || true
}

start_containers() {
  local server
  project=gateway-tests-$$-$RANDOM
  echo "docker $project" >"$dir/engine"
  for server in "$@"; do
    mkdir -p "$dir/$server"
    "${server}_ports"
    save "$server"
  done
  compose up --detach --wait "$@"
}

write_env() {
  local server
  for server in "$@"; do
    case $server in
      rabbitmq)
        echo "export TEST_RABBITMQ='amqp://guest:guest@127.0.0.1:$rabbitmq_port/%2F'"
        echo "export TEST_RABBITMQ_MANAGEMENT='http://127.0.0.1:$rabbitmq_management_port'"
        ;;
      redis) echo "export TEST_REDIS='127.0.0.1:$redis_port'" ;;
      postgres) echo "export TEST_POSTGRES='Host=127.0.0.1;Port=$postgres_port;Username=postgres;Password=postgres;Database=postgres'" ;;
    esac
  done >"$dir/env"
  echo "export TEST_SERVERS_DIR='$dir'" >>"$dir/env"
}

start_all() {
  local server use=${TEST_ENGINE:-}
  [ $# -gt 0 ] || set -- rabbitmq redis postgres
  for server in "$@"; do valid "$server"; done
  [ ! -e "$dir/engine" ] || fail "$dir is in use: tests/servers.sh stop $dir"
  trap give_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  choose_root
  if [ -n "$root" ]; then use=binaries; fi
  if [ -z "$use" ]; then
    if docker_answers; then use=docker; else use=binaries; fi
  fi
  case $use in
    docker) start_containers "$@" || fail "docker compose could not start the servers; TEST_ENGINE=binaries goes without it" ;;
    binaries)
      install_servers "$@"
      start_binaries "$@" || fail "not every server started"
      ;;
    *) fail "TEST_ENGINE is '$use': docker or binaries" ;;
  esac
  load
  write_env "$@"
  trap - EXIT INT TERM
  cat "$dir/env"
}

# Their data is thrown away, so nothing needs to be flushed; PostgreSQL still gives its shared memory back.
stop_all() {
  local node
  [ -e "$dir/engine" ] || return 0
  load
  if [ "$engine" = binaries ]; then
    for node in rabbitmq rabbitmq2 rabbitmq3; do node_join "$node"; done
    rabbitmq2_kill
    rabbitmq3_kill
    rabbitmq_kill
    end "$dir/rabbitmq/epmd.pid" KILL
    redis_kill
    replica_kill
    sentinels_kill
    cluster_kill
    end "$dir/standby/pid" QUIT
    end "$dir/postgres/pid" QUIT
  else
    compose down --volumes --timeout 5
  fi
  rm -rf "$dir/rabbitmq" "$dir/rabbitmq2" "$dir/rabbitmq3" "$dir/redis" "$dir/postgres" "$dir/standby" "$dir/replica" "$dir/sentinels" "$dir/cluster" \
    "$dir/env" "$dir/engine" "$dir/starter"
  rmdir "$dir" 2>/dev/null || true
}

# What belongs to a server that was started before.
beside() {
  [ "$engine" = binaries ] && [ -d "$dir/$2" ] || fail "$1: there must be a $2 that was started from the machine's own binaries"
  if [ ! -e "$dir/$1/settings" ]; then
    mkdir -p "$dir/$1"
    "${1}_ports"
    save "$1"
  fi
}

one() {
  local action=$1 server=$2
  load
  case $server in
    standby) beside "$server" postgres ;;
    rabbitmq2 | rabbitmq3) beside "$server" rabbitmq ;;
    replica | sentinels | cluster) beside "$server" redis ;;
    *) valid "$server" ;;
  esac
  [ -d "$dir/$server" ] || fail "$server was not started in $dir"
  if [ "$engine" != binaries ]; then
    case $action in
      stop) compose stop "$server" ;;
      kill) compose kill --signal SIGKILL "$server" ;;
      narrow) compose exec -T "$server" rabbitmqctl -q eval "$narrow" ;;
      impatient) compose exec -T "$server" rabbitmqctl -q eval "$impatient" ;;
      alarm) compose exec -T "$server" rabbitmqctl -q set_vm_memory_high_watermark 0 ;;
      full) compose exec -T "$server" rabbitmqctl -q set_disk_free_limit 1000000GB ;;
      calm)
        compose exec -T "$server" rabbitmqctl -q set_vm_memory_high_watermark 0.4
        compose exec -T "$server" rabbitmqctl -q set_disk_free_limit 50MB
        ;;
      partition | heal) fail "the servers are in containers, where no node of a cluster is" ;;
      start) compose up --detach --no-recreate --wait "$server" ;;
      restart) compose stop "$server" && compose up --detach --no-recreate --wait "$server" ;;
    esac
    return
  fi
  case $action in
    alarm | full | calm | narrow | impatient)
      [ "$server" = rabbitmq ] || fail "$server has no $action"
      "${server}_$action"
      ;;
    partition | heal)
      case $server in
        rabbitmq | rabbitmq2 | rabbitmq3) "node_$action" "$server" ;;
        *) fail "$server has no $action" ;;
      esac
      ;;
    stop | kill) "${server}_$action" ;;
    start | restart)
      if [ "$action" = restart ]; then "${server}_stop"; fi
      if running "$dir/$server/pid" >/dev/null; then return; fi
      "${server}_start" || fail "$server does not come back; see $dir/$server/log"
      ;;
  esac
}

folder() {
  case $1 in
    /*) dir=$1 ;;
    *) dir=$PWD/$1 ;;
  esac
  case $dir in
    *[\'\ ]*) fail "the folder's path may hold no blank and no quote: $dir" ;;
  esac
  dir=${dir%/}
}

case "${1:-}:$#" in
  start:[2-5])
    folder "$2"
    mkdir -p "$dir"
    shift 2
    [ -z "$(running "$dir/starter")" ] || fail "$dir is in use: tests/servers.sh stop $dir"
    remember "$dir/starter" $$
    start_all "$@"
    rm -f "$dir/starter"
    ;;
  stop:2)
    folder "$2"
    # One that still starts would start what has just been stopped.
    end "$dir/starter" TERM
    stop_all
    rmdir "$dir" 2>/dev/null || true
    ;;
  install:*)
    shift
    install "$@"
    ;;
  port:1) free_port ;;
  *:3)
    case $2 in
      stop | start | kill | restart | alarm | full | calm | narrow | impatient | partition | heal)
        folder "$1"
        one "$2" "$3"
        ;;
      *) usage >&2; exit 2 ;;
    esac
    ;;
  help:* | --help:* | -h:*) usage ;;
  *) usage >&2; exit 2 ;;
esac
