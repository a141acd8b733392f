package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
)

// runCoreDNS has the few plugins that a cluster's names need, in the order in which they see a query.
func runCoreDNS() {
	dnsserver.Directives = []string{"errors", "ready", "cache", "kubernetes", "forward"}
	coremain.Run()
}
