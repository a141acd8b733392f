#!/bin/sh
# As with the original, options or a configuration file alone mean redis-server, which then runs as the user redis.
set -e
case ${1-} in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1-}" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    # By its full path: busybox has a setpriv of its own, which is preferred and cannot do this.
    exec /usr/bin/setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
  fi
  [ "$(umask)" = 0022 ] && umask 0077
  # The original is compiled without the protected mode, in which a server without a password answers to itself alone.
  # The option stands after what is first: a configuration file or "-", the standard input, which is the server's to read.
  server=$1
  shift
  if [ "${1-}" = - ] || [ -f "${1-}" ]; then file=$1; shift; else file=; fi
  case "$* $([ ! -f "$file" ] || cat "$file")" in
  *protected-mode* | '-v '* | '--version '* | '-h '* | '--help '*) ;;
  *) set -- --protected-mode no "$@" ;;
  esac
  set -- "$server" ${file:+"$file"} "$@"
fi
exec "$@"
