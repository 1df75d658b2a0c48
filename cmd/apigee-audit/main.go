// Command apigee-audit finds refresh tokens that are issued and never used.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	tuneMemory()
	// Without the default handling a closed pipe is an error of the write, and reports in files are still finished.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal has its default effect: it ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), standardStreams()))
}
