#!/bin/sh
# Makes the cluster's certificates, tokens and kubeconfigs in the current folder: ADDRESS of the node, its NAME.
# What a restart needs stays; the server's certificate follows the address.
set -eu
address=$1
node=$2
users="admin manager scheduler kubelet proxy network-policies volumes"

new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null
}

if [ ! -s tokens.csv ]; then
  new_key ca.key
  openssl req -x509 -new -key ca.key -out ca.crt -days 3650 -subj /CN=nestbox-kubernetes
  new_key accounts.key
  openssl pkey -in accounts.key -pubout -out accounts.pub
  for user in $users; do
    openssl rand -hex 24 >"$user.token"
  done
  cat >tokens.csv <<EOF
$(cat admin.token),admin,admin,system:masters
$(cat manager.token),system:kube-controller-manager,manager,system:masters
$(cat scheduler.token),system:kube-scheduler,scheduler
$(cat kubelet.token),system:node:$node,kubelet,system:nodes
$(cat proxy.token),system:kube-proxy,proxy
$(cat network-policies.token),nestbox:network-policies,network-policies
$(cat volumes.token),nestbox:volumes,volumes
EOF
fi

new_key server.key
cat >server.extensions <<EOF
keyUsage=digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=IP:127.0.0.1,IP:$address,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc
EOF
# The API server also shows it to the kubelet, as a client.
openssl req -new -key server.key -subj /O=system:masters/CN=kube-apiserver |
  openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile server.extensions \
    -out server.crt 2>/dev/null

for user in $users; do
  cat >"$user.kubeconfig" <<EOF
apiVersion: v1
kind: Config
clusters:
  - name: nestbox
    cluster: { server: "https://127.0.0.1:6443", certificate-authority-data: "$(base64 --wrap=0 ca.crt)" }
users:
  - name: $user
    user: { token: "$(cat "$user.token")" }
contexts:
  - name: nestbox
    context: { cluster: nestbox, user: $user }
current-context: nestbox
EOF
done
