// This name puts it below the Terraform provider's own path, whose package internal/provider no other module may import.
module github.com/terraform-providers/terraform-provider-docker/shim

go 1.25.0

require (
	github.com/hashicorp/terraform-plugin-sdk/v2 v2.40.0
	github.com/terraform-providers/terraform-provider-docker v0.0.0-20260916201441-96d331c98ff4
)
