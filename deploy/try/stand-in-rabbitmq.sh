#!/bin/sh
set -e
cat > "$HOME/stand-in.conf" <<CONF
default_user = $RABBITMQ_DEFAULT_USER
default_pass = $RABBITMQ_DEFAULT_PASS
loopback_users = none
log.file = false
log.console = true
CONF
echo '[rabbitmq_management,rabbitmq_random_exchange].' > "$HOME/enabled_plugins"
unset RABBITMQ_DEFAULT_USER RABBITMQ_DEFAULT_PASS
export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$HOME/stand-in.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$HOME/enabled_plugins"
export RABBITMQ_MNESIA_BASE="$HOME/mnesia" RABBITMQ_LOG_BASE=/tmp RABBITMQ_LOGS=- LC_ALL=C.UTF-8
exec /usr/lib/rabbitmq/bin/rabbitmq-server
