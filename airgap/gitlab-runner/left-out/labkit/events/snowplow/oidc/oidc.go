// Package oidc stands in for the identity that usage events are sent with; none are sent.
package oidc

type (
	Option struct{}
	Source struct{}
)

func WithSkipIfUnsupportedCloud(bool) Option { return Option{} }
func NewSource(...Option) Source             { return Source{} }
