#!/bin/sh
# Runs buildctl against a buildkitd of its own, which ends with it: buildctl-daemonless.sh ARGUMENT…
#   BUILDKITD_FLAGS  arguments of buildkitd
#   ROOTLESSKIT      the program that gives buildkitd its user namespace, with its arguments; unused by root
set -eu

folder=$(mktemp -d)
address=unix://$folder/buildkitd.sock
log=$folder/log

rootless=
[ "$(id -u)" = 0 ] || rootless=${ROOTLESSKIT:-rootlesskit}

# Both are lists of words.
# shellcheck disable=SC2086
$rootless buildkitd ${BUILDKITD_FLAGS:-} --addr "$address" >"$log" 2>&1 &
daemon=$!

end() {
  kill "$daemon" 2>/dev/null || :
  wait "$daemon" 2>/dev/null || :
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

until buildctl --addr "$address" debug workers >/dev/null 2>&1; do
  if ! kill -0 "$daemon" 2>/dev/null; then
    cat "$log" >&2
    echo "buildctl-daemonless.sh: buildkitd did not start" >&2
    exit 1
  fi
  sleep 0.05
done

buildctl --addr "$address" "$@"
