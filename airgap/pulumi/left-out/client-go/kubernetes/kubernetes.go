// Package kubernetes makes no client: Kubernetes is left out.
package kubernetes

import (
	appsv1 "k8s.io/client-go/kubernetes/typed/apps/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

type Clientset struct {
	apps appsv1.AppsV1Interface
	core corev1.CoreV1Interface
}

func NewForConfig(*rest.Config) (*Clientset, error) { return nil, rest.ErrLeftOut }

func (c *Clientset) AppsV1() appsv1.AppsV1Interface { return c.apps }
func (c *Clientset) CoreV1() corev1.CoreV1Interface { return c.core }
