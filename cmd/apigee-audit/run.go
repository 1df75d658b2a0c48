package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"syscall"
)

// app is what every command needs of the world around it.
type app struct {
	streams
	env environment
}

// run is the whole program as a function: arguments, environment and streams in, exit status out. The context ends when
// the user interrupts.
func run(ctx context.Context, args, environ []string, s streams) int {
	s.out, s.err = &untilClosed{w: s.out}, &lineByLine{w: s.err}
	a := &app{streams: s, env: newEnvironment(environ)}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	cmd, err := root.ExecuteContextC(ctx)
	return a.conclude(ctx, cmd.CommandPath(), err)
}

// say writes one line for people to stderr.
func (a *app) say(format string, args ...any) {
	fmt.Fprintln(a.err, printable(fmt.Sprintf(format, args...)))
}

// logger is silent unless details were asked for.
func (a *app) logger(verbose bool) *slog.Logger {
	if !verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// lineByLine keeps what several goroutines write apart.
type lineByLine struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineByLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// untilClosed lets a reader such as head go away: what is written afterwards is dropped, and the exit status stays that
// of the audit.
type untilClosed struct {
	w      io.Writer
	closed bool
}

func (u *untilClosed) Write(p []byte) (int, error) {
	if u.closed {
		return len(p), nil
	}
	n, err := u.w.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		u.closed = true
		return len(p), nil
	}
	return n, err
}
