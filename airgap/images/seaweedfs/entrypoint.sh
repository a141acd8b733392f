#!/bin/sh
# As with the original, the first argument is a command of weed.
case ${1-} in
server) shift; set -- server -dir=/data -volume.max=0 "$@" ;;
esac
exec weed -logtostderr=true "$@"
