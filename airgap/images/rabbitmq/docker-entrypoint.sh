#!/bin/bash
# As with the original, rabbitmq-server runs as the user rabbitmq. By its own path: Debian's wrapper wants root.
set -euo pipefail
if [ "${1-}" = rabbitmq-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +
    exec /usr/bin/setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
  fi
  {
    if [ -n "${RABBITMQ_DEFAULT_USER:-}" ]; then echo "default_user = $RABBITMQ_DEFAULT_USER"; fi
    if [ -n "${RABBITMQ_DEFAULT_PASS:-}" ]; then echo "default_pass = $RABBITMQ_DEFAULT_PASS"; fi
    if [ -n "${RABBITMQ_DEFAULT_VHOST:-}" ]; then echo "default_vhost = $RABBITMQ_DEFAULT_VHOST"; fi
  } >"${TMPDIR:-/tmp}/rabbitmq-variables.conf"
  shift
  set -- /usr/lib/rabbitmq/bin/rabbitmq-server "$@"
fi
exec "$@"
