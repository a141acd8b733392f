// Package clientcmd reads no kubeconfig: Kubernetes is left out.
package clientcmd

import (
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
)

type ClientConfig interface {
	ClientConfig() (*rest.Config, error)
	Namespace() (string, bool, error)
}

type ConfigOverrides struct {
	CurrentContext string
	Context        api.Context
}

type ClientConfigLoadingRules struct {
	ExplicitPath string
	Precedence   []string
}

func (*ClientConfigLoadingRules) Load() (*api.Config, error) { return nil, rest.ErrLeftOut }

func NewDefaultClientConfigLoadingRules() *ClientConfigLoadingRules {
	return &ClientConfigLoadingRules{}
}

func NewDefaultClientConfig(api.Config, *ConfigOverrides) ClientConfig { return leftOut{} }

func NewNonInteractiveDeferredLoadingClientConfig(*ClientConfigLoadingRules, *ConfigOverrides) ClientConfig {
	return leftOut{}
}

type leftOut struct{}

func (leftOut) ClientConfig() (*rest.Config, error) { return nil, rest.ErrLeftOut }
func (leftOut) Namespace() (string, bool, error)    { return "", false, rest.ErrLeftOut }
