// Package api stands in for the remote control of a wrapped gitlab-runner, which the command line here does not offer.
package api

import (
	"context"
	"errors"

	"github.com/sirupsen/logrus"
)

// ErrProcessNotInitialized says that the wrapped process has not started.
var ErrProcessNotInitialized = errors.New("process not initialized")

type Status string

const (
	StatusUnknown    Status = "unknown"
	StatusRunning    Status = "running"
	StatusInShutdown Status = "in shutdown"
	StatusStopped    Status = "stopped"
)

func (s Status) String() string { return string(s) }

type (
	ShutdownCallbackDef interface {
		URL() string
		Method() string
	}
	ShutdownCallback interface{ Run(context.Context) }

	InitGracefulShutdownRequest interface{ ShutdownCallbackDef() ShutdownCallbackDef }
)

// NewShutdownCallback is for the remote control alone.
func NewShutdownCallback(logrus.FieldLogger, ShutdownCallbackDef) ShutdownCallback {
	panic("this build of gitlab-runner has no wrapper")
}
