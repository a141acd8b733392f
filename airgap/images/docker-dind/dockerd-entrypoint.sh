#!/bin/sh
# Follows the rules of the original (docker-library/docker, dockerd-entrypoint.sh): options alone mean dockerd; it listens on its own socket
# and on TCP, port 2376 with certificates that it makes in DOCKER_TLS_CERTDIR, or 2375 without if that is empty.
set -eu
case ${1-} in
'' | -*)
  if [ -n "${DOCKER_TLS_CERTDIR:-}" ]; then
    sh /usr/local/bin/make-certificates.sh "$DOCKER_TLS_CERTDIR" 2>/dev/null
    set -- --host=tcp://0.0.0.0:2376 --tlsverify \
      --tlscacert "$DOCKER_TLS_CERTDIR/server/ca.pem" \
      --tlscert "$DOCKER_TLS_CERTDIR/server/cert.pem" \
      --tlskey "$DOCKER_TLS_CERTDIR/server/key.pem" "$@"
  else
    set -- --host=tcp://0.0.0.0:2375 "$@"
  fi
  set -- dockerd --host=unix:///var/run/docker.sock "$@"
  ;;
esac

if [ "$1" != dockerd ]; then
  . /usr/local/bin/docker-variables.sh
  exec "$@"
fi

# What a daemon left that was killed with its container.
rm -rf /run/docker.pid /run/docker /run/containerd
if ! mountpoint -q /sys/kernel/security && [ -d /sys/kernel/security ]; then
  mount -t securityfs none /sys/kernel/security || :
fi
mountpoint -q /tmp || mount -t tmpfs none /tmp

# With control groups of version 2, a group that has processes of its own cannot limit those below it.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs || :
  sed 's/ / +/g; s/^/+/' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
fi
exec tini -- "$@"
