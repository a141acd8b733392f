#!/bin/bash
# HOST:PORT [-t SECONDS]: waits until the port accepts a connection; exit code 124 when it does not within the limit.
set -u
target=$1
limit=15
[ "${2-}" = -t ] && limit=${3-15}
host=${target%:*} port=${target##*:}
until timeout 1 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$host" "$port" 2>/dev/null; do
  if [ "$SECONDS" -ge "$limit" ]; then
    echo "wait-for-it: $target does not answer after $limit seconds" >&2
    exit 124
  fi
  sleep 0.1
done
