#!/bin/bash
# Starts a cluster of one node and runs until it is told to stop, or a part of it ends. The environment: NODE, its
# name; MIRROR, the address of a registry mirror, or nothing. What outlives a restart is in /var.
set -euo pipefail
state=/var/lib/kubernetes
address=$(ip -4 -o address show eth0 | sed 's/.*inet \([0-9.]*\).*/\1/')
started=$(date --utc +%FT%TZ)
admin=$state/pki/admin.kubeconfig

main() {
  mkdir -p $state/pki $state/log /run/nestbox /etc/cni/net.d /etc/containerd/certs.d/_default /var/run/nri
  # Volumes of pods are mounted here, where containerd must see them.
  mount --make-rshared /
  keep_system_settings
  configure_network
  configure_mirror
  trap 'stop 0' TERM INT
  start_control_plane
  start_node
  await "the node" is_ready
  await "the default service account" kubectl --kubeconfig $admin --namespace default get serviceaccount default
  await "the cluster's names" \
    kubectl --kubeconfig $admin --namespace kube-system rollout status deployment/coredns --timeout=1s
  echo ready
  wait -n "${parts[@]}" || :
  echo "a part of the cluster has ended; see $state/log"
  stop 1
}

# The kubelet would set these for the whole machine. It reads that they have its values already.
keep_system_settings() {
  local setting value
  while read -r setting value; do
    [ "$(cat "/proc/sys/$setting")" = "$value" ] && continue
    echo "$value" >"/run/nestbox/${setting##*/}"
    mount --bind "/run/nestbox/${setting##*/}" "/proc/sys/$setting"
  done <<EOF
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
EOF
}

# Pods are routed one by one: between two of them there is no way around netfilter.
configure_network() {
  cat >/etc/cni/net.d/10-pods.conflist <<EOF
{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {
      "type": "ptp",
      "mtu": $(cat /sys/class/net/eth0/mtu),
      "ipMasq": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni",
        "ranges": [[{ "subnet": "10.244.0.0/24" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
EOF
}

configure_mirror() {
  [ -n "${MIRROR:-}" ] || return 0
  cat >/etc/containerd/certs.d/_default/hosts.toml <<EOF
[host."$MIRROR"]
  capabilities = ["pull", "resolve"]
EOF
}

start_control_plane() {
  start containerd --config /etc/nestbox/containerd.toml
  # A cluster for tests need not survive a loss of power.
  start etcd --data-dir $state/etcd --unsafe-no-fsync \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --auto-compaction-retention=1h --quota-backend-bytes=2147483648
  cd $state/pki
  certificates.sh "$address" "$NODE"
  start kube-apiserver --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 \
    --advertise-address="$address" --service-cluster-ip-range=10.96.0.0/16 \
    --tls-cert-file=server.crt --tls-private-key-file=server.key \
    --client-ca-file=ca.crt --token-auth-file=tokens.csv \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=accounts.pub \
    --service-account-signing-key-file=accounts.key \
    --kubelet-client-certificate=server.crt --kubelet-client-key=server.key \
    --kubelet-preferred-address-types=InternalIP \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true
  await containerd ctr version
  ctr --namespace k8s.io images import /opt/pause.tar >/dev/null
  await "the API server" curl --silent --fail --cacert ca.crt \
    --header "Authorization: Bearer $(cat admin.token)" https://127.0.0.1:6443/readyz
  start kube-controller-manager --kubeconfig=manager.kubeconfig --leader-elect=false \
    --kube-api-qps=200 --kube-api-burst=400 \
    --service-account-private-key-file=accounts.key --root-ca-file=ca.crt
  start kube-scheduler --kubeconfig=scheduler.kubeconfig --leader-elect=false \
    --kube-api-qps=200 --kube-api-burst=400
}

start_node() {
  start kubelet --config=/etc/nestbox/kubelet.yaml --kubeconfig=kubelet.kubeconfig \
    --hostname-override="$NODE" --node-ip="$address"
  start kube-proxy --config=/etc/nestbox/kube-proxy.yaml --hostname-override="$NODE"
  packet-rules.sh
  start network-policies -kubeconfig network-policies.kubeconfig -node "$NODE" -queue 100
  kubectl --kubeconfig $admin apply --server-side --filename /etc/nestbox/system.yaml \
    >$state/log/system.log 2>&1
  start volumes -kubeconfig volumes.kubeconfig -provisioner nestbox.local/folders -root $state/volumes
}

# start PROGRAM ARGUMENT…: in the background, with a log of its own.
declare -A processes
parts=()
start() {
  "$@" >>"$state/log/$1.log" 2>&1 &
  processes[$1]=$!
  parts+=($!)
}

# await NAME COMMAND…: until the command succeeds, for a minute at most.
await() {
  local name=$1 end=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "$name is not ready after a minute; see $state/log"
      stop 1
    fi
    sleep 0.05
  done
}

# A heartbeat from before a restart would report a ready node, too.
is_ready() {
  local condition='{.status.conditions[?(@.type=="Ready")]'
  local ready
  ready=$(kubectl --kubeconfig $admin get node "$NODE" \
    --output "jsonpath=$condition.status} $condition.lastHeartbeatTime}")
  [[ $ready > "True $started" ]]
}

# The parts have nothing to finish but etcd and containerd.
stop() {
  trap '' TERM INT
  local name task
  for name in "${!processes[@]}"; do
    [ "$name" = etcd ] || [ "$name" = containerd ] || kill -KILL "${processes[$name]}" 2>/dev/null || :
  done
  for task in $(ctr --namespace k8s.io tasks list --quiet); do
    ctr --namespace k8s.io tasks kill --signal KILL "$task" &
  done
  for name in etcd containerd; do
    kill "${processes[$name]}" 2>/dev/null && wait "${processes[$name]}" || :
  done
  exit "$1"
}

main
