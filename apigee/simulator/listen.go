package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Start serves on a free loopback port until stop is called or ctx ends. The base URL has no path: add "/v1/…".
func (s *Server) Start(ctx context.Context) (baseURL string, stop func(), err error) {
	return s.StartOn(ctx, "127.0.0.1:0")
}

// StartOn is [Server.Start] on an address of the caller's choice, "127.0.0.1:8080". Anyone who reaches the address can
// read the bundles, so it should be a loopback one.
func (s *Server) StartOn(ctx context.Context, addr string) (baseURL string, stop func(), err error) {
	return Serve(ctx, addr, s)
}

// Serve is [Server.StartOn] for a handler around the server, such as one that checks its answers.
func Serve(ctx context.Context, addr string, h http.Handler) (baseURL string, stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) { // without the address, which is named once
			err = op.Err
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			return "", nil, fmt.Errorf("listen on %s: another program is using the port", addr)
		}
		return "", nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			cancel()
		}
	}()
	// Ending the context wakes requests that wait for latency or a slow fault, so closing never has to wait for them.
	context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // nothing is left to lose
	return "http://" + l.Addr().String(), func() { cancel(); server.Close(); <-done }, nil
}
