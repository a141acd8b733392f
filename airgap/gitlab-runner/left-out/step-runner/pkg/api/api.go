// Package api stands in for where the server of steps listens; nothing starts it.
package api

import "net"

func DefaultSocketPath() string            { return "" }
func SocketAddr(path string) *net.UnixAddr { return &net.UnixAddr{Name: path, Net: "unix"} }
