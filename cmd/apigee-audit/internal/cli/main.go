// Package cli is the program: one file for each command, and what they share, from targets to terminals and exit statuses.
package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the program as the operating system started it, and returns its exit status.
func Main() int {
	tuneMemory()
	// Without the default handling a closed pipe is an error of the write, and reports in files are still finished.
	signal.Ignore(syscall.SIGPIPE)
	ctx, interrupt := context.WithCancel(context.Background())
	hurry := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, endings()...)
	go func() {
		<-signals
		interrupt()
		<-signals
		close(hurry)
		signal.Reset(endings()...) // a third one ends the process whatever it does
	}()
	return newApp(os.Environ(), standardStreams()).run(ctx, hurry, os.Args[1:])
}

// endings are the signals that end the program: from the keyboard, from whoever supervises it, and from the terminal when
// it is closed, unless nohup has the program outlive it.
func endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}
