// Package moa stands in for the expressions of job inputs: ${{ job.inputs.… }}. A job with inputs is refused.
package moa

import (
	"errors"

	"gitlab.com/gitlab-org/moa/ast"
)

// ParseTemplate refuses, for it is asked only where a job has inputs.
func ParseTemplate(string) (ast.Expr, error) {
	return nil, errors.New("this build of gitlab-runner has no job inputs")
}

// EscapeTemplate is for steps, which there are none of.
func EscapeTemplate(string) string {
	panic("this build of gitlab-runner runs scripts, not steps")
}
