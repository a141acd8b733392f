// Package v1 declares what a client of pods and config maps could do: Kubernetes is left out.
package v1

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

type CoreV1Interface interface {
	RESTClient() rest.Interface
	ConfigMaps(namespace string) ConfigMapInterface
	Pods(namespace string) PodInterface
}

type ConfigMapInterface interface {
	Create(context.Context, *corev1.ConfigMap, metav1.CreateOptions) (*corev1.ConfigMap, error)
	Update(context.Context, *corev1.ConfigMap, metav1.UpdateOptions) (*corev1.ConfigMap, error)
	Delete(context.Context, string, metav1.DeleteOptions) error
}

type PodInterface interface {
	List(context.Context, metav1.ListOptions) (*corev1.PodList, error)
}
