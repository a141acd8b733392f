#!/bin/sh
# Options, or one of docker's own commands, alone mean docker; anything else is run as it is.
set -eu
case ${1-} in
-*) set -- docker "$@" ;;
*) if docker help "${1-}" >/dev/null 2>&1; then set -- docker "$@"; fi ;;
esac
. /usr/local/bin/docker-variables.sh
exec "$@"
