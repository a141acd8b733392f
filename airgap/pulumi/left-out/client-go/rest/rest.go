// Package rest has no connection to Kubernetes: it is left out.
package rest

import (
	"errors"
	"net/http"
	"net/url"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd/api"
)

// ErrLeftOut is the answer to everything that wants Kubernetes.
var ErrLeftOut = errors.New("builders in Kubernetes are left out of this Docker provider; use the driver docker-container")

type TLSClientConfig struct {
	Insecure                  bool
	CAFile, CertFile, KeyFile string
	CAData, CertData, KeyData []byte
}

type Config struct {
	TLSClientConfig
	Host, Username, Password, BearerToken string
	Proxy                                 func(*http.Request) (*url.URL, error)
	AuthProvider                          *api.AuthProviderConfig
	ExecProvider                          *api.ExecConfig
}

func InClusterConfig() (*Config, error) { return nil, ErrLeftOut }

type Interface interface{ Post() *Request }

type Request struct{}

func (r *Request) Namespace(string) *Request                                       { return r }
func (r *Request) Resource(string) *Request                                        { return r }
func (r *Request) Name(string) *Request                                            { return r }
func (r *Request) SubResource(...string) *Request                                  { return r }
func (r *Request) URL() *url.URL                                                   { return &url.URL{} }
func (r *Request) VersionedParams(runtime.Object, runtime.ParameterCodec) *Request { return r }
