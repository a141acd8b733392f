// Package addmask stands in for masks that a job adds while it runs, behind gitlab-runner's experimental setting proxy_exec.
package addmask

import (
	"errors"
	"io"
)

var errLeftOut = errors.New("this build of gitlab-runner has no proxy_exec")

type AddMask struct{}

func New(any, io.Writer, io.Writer) (*AddMask, error) { return nil, errLeftOut }
func (*AddMask) Get(int) io.Writer                    { panic(errLeftOut) }
func (*AddMask) Close() error                         { return errLeftOut }
