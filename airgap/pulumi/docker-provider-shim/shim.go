// Package shim gives the Terraform provider for Docker to modules outside its own.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider returns the provider. It reports version as its own.
func NewProvider(version string) *schema.Provider {
	return provider.New(version)()
}
