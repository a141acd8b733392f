// Package v2 registers the objects of YAML, as resources without types.
package v2

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// RegisterResource registers an object as the resource that Pulumi's SDK has for its kind.
func RegisterResource(
	ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input, opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	if apiVersion == "v1" {
		apiVersion = "core/v1"
	}
	resource := &pulumi.CustomResourceState{}
	err := ctx.RegisterResource("kubernetes:"+apiVersion+":"+kind, name, props, resource, opts...)
	if err != nil {
		return nil, err
	}
	return resource, nil
}
