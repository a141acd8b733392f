// Package api has the shape of a kubeconfig, which nothing reads: Kubernetes is left out.
package api

type Config struct {
	Clusters       map[string]*Cluster
	AuthInfos      map[string]*AuthInfo
	Contexts       map[string]*Context
	CurrentContext string
}

type Cluster struct {
	Server, ProxyURL         string
	InsecureSkipTLSVerify    bool
	CertificateAuthorityData []byte
}

type AuthInfo struct {
	ClientCertificateData, ClientKeyData []byte
	Token, Username, Password            string
	AuthProvider                         *AuthProviderConfig
	Exec                                 *ExecConfig
}

type Context struct{ Cluster, AuthInfo, Namespace string }

type AuthProviderConfig struct{}

type ExecConfig struct{}

func NewConfig() *Config {
	return &Config{
		Clusters:  map[string]*Cluster{},
		AuthInfos: map[string]*AuthInfo{},
		Contexts:  map[string]*Context{},
	}
}

func NewCluster() *Cluster   { return &Cluster{} }
func NewAuthInfo() *AuthInfo { return &AuthInfo{} }
func NewContext() *Context   { return &Context{} }
