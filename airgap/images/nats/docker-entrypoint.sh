#!/bin/sh
# As with the original, options alone mean nats-server.
case ${1-} in
-*) set -- nats-server "$@" ;;
esac
exec "$@"
