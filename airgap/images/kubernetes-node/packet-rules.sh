#!/bin/sh
# Sends the first packet of each connection of a pod to the queue 100, where network-policies decides. Without
# it nothing passes.
set -eu
pods=10.244.0.0/24
services=10.96.0.0/16

iptables -t mangle -N POLICIES
iptables -t mangle -A POLICIES -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
iptables -t mangle -A POLICIES -s "$pods" -j NFQUEUE --queue-num 100
iptables -t mangle -A POLICIES -d "$pods" -j NFQUEUE --queue-num 100
# After the translation of a service's address, before that of the sender's. Probes come from the node's root.
iptables -t mangle -A POSTROUTING -m owner ! --uid-owner 0 -j POLICIES
# To the node itself, too: its API server and kubelet.
iptables -t mangle -A INPUT -i veth+ -j POLICIES
# Without these, an address that no service has goes out to the machine's network.
iptables -A FORWARD -d "$services" -j REJECT
iptables -A OUTPUT -d "$services" -j REJECT
