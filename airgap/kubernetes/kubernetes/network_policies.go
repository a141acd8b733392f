package main

import (
	"context"
	"flag"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// runNetworkPolicies gives the verdict on each new connection that the node's iptables rules put into a queue.
func runNetworkPolicies() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	node := flag.String("node", "", "the name of this node")
	queue := flag.Int("queue", 0, "the number of the NFQUEUE")
	klog.InitFlags(nil)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(config)
	objects := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		objects.Networking().V1().NetworkPolicies(), objects.Core().V1().Namespaces(), objects.Core().V1().Pods(),
		// No node objects, no admin policies, no names of domains.
		nil, nil, nil, nil,
		networkpolicy.Config{QueueID: *queue, NodeName: *node},
	)
	if err != nil {
		klog.Fatal(err)
	}
	objects.Start(ctx.Done())
	if err := controller.Run(ctx); err != nil {
		klog.Fatal(err)
	}
}
