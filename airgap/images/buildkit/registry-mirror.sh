#!/bin/sh
# Writes a buildkitd.toml that pulls Docker Hub's images from a mirror: registry-mirror.sh [http://HOST:PORT]
set -eu
mirror=${1:-}
[ -n "$mirror" ] || exit 0
host=${mirror#*://}
host=${host%/}
printf '[registry."docker.io"]\n  mirrors = ["%s"]\n' "$host"
case $mirror in http://*) printf '[registry."%s"]\n  http = true\n' "$host" ;; esac
