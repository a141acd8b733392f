// Package v1 declares what a client of deployments could do: Kubernetes is left out.
package v1

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type AppsV1Interface interface {
	Deployments(namespace string) DeploymentInterface
}

type DeploymentInterface interface {
	Create(context.Context, *appsv1.Deployment, metav1.CreateOptions) (*appsv1.Deployment, error)
	Get(context.Context, string, metav1.GetOptions) (*appsv1.Deployment, error)
	Delete(context.Context, string, metav1.DeleteOptions) error
}
