#!/bin/sh
# As with the original, options alone mean memcached.
case ${1-} in
-*) set -- memcached "$@" ;;
esac
exec "$@"
