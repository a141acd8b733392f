// Pulumi's Kubernetes provider, with a schema that has a name and a version alone.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	schema := []byte(`{"name": "kubernetes", "version": "` + version.Version + `"}`)
	provider.Serve("kubernetes", version.Version, schema, nil)
}
