// Package fields stands in for the names that gitlab-runner's own log gives to things.
package fields

const (
	DurationS      = "duration_s"
	HTTPStatusCode = "http_status_code"
)

// Deprecation is the new name of a field that has an old one.
type Deprecation struct{ Standard string }

// Deprecated is empty: every field keeps the name that gitlab-runner's code gives it.
var Deprecated = map[string]Deprecation{}

// VariantVersion is empty, as there are no new names.
var VariantVersion = map[string]int{}
