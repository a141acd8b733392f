// Package di stands in for the making of the server of steps. It refuses.
package di

import (
	"errors"
	"log/slog"

	"gitlab.com/gitlab-org/step-runner/pkg/runner"
)

type (
	Container struct{}
	Option    struct{}
)

func NewContainer(...Option) *Container                     { return &Container{} }
func WithBuiltinFunc(string, runner.BuiltinFunction) Option { return Option{} }
func WithOperatorLogger(*slog.Logger) Option                { return Option{} }
func (*Container) StepRunnerService() (any, error) {
	return nil, errors.New("this build of gitlab-runner runs scripts, not steps")
}
