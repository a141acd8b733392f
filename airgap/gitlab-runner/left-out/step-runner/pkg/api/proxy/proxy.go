// Package proxy stands in for the way to the server of steps. It refuses.
package proxy

import (
	"errors"
	"io"
	"net"
)

func Proxy(io.Reader, io.Writer, net.Conn) error {
	return errors.New("this build of gitlab-runner runs scripts, not steps")
}
