#!/bin/bash
# Follows the rules of the original (docker-library/postgres): options alone mean postgres, which runs as the user postgres and makes
# its database on the first start.
set -euo pipefail
case ${1-} in
-*) set -- postgres "$@" ;;
esac

if [ "${1-}" = postgres ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA" || :
  if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    exec /usr/bin/setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
  fi
  if ! [ -s "$PGDATA/PG_VERSION" ]; then
    . /usr/local/bin/first-start.sh
  fi
fi
exec "$@"
