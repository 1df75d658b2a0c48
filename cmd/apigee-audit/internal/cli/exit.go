package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit statuses, the same for every format. See the README's table.
const (
	exitClean       = 0   // complete, and nothing at or above --fail-on
	exitFindings    = 1   // findings at or above --fail-on
	exitUsage       = 2   // the command line or the configuration is wrong
	exitFailed      = 3   // the audit failed or is incomplete; beats exitFindings
	exitInterrupted = 130 // as shells report an interrupted program
)

// statusError is an error that determines the exit status.
type statusError struct {
	status int
	err    error // nil when everything has been said already
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// usagef is for a mistake in the command line or the configuration.
func usagef(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Errorf(format, args...)}
}

// ended ends the program with a status after everything has been said.
func ended(status int) error {
	if status == exitClean {
		return nil
	}
	return &statusError{status: status}
}

// perform makes every error in a command's work a failure, unless it sets the status itself. What cobra finds wrong
// before the work starts has no status and is a usage error.
func perform(work func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := work(cmd, args)
		if s := (*statusError)(nil); err == nil || errors.As(err, &s) {
			return err
		}
		return &statusError{exitFailed, err}
	}
}

// conclude is the one place where errors are printed and become exit statuses.
func (a *app) conclude(ctx context.Context, command string, err error) int {
	status, said := exitClean, false
	if err != nil {
		status = exitUsage
		if s := (*statusError)(nil); errors.As(err, &s) {
			status, said = s.status, s.err == nil
		}
	}
	switch {
	case err == nil || said:
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		a.sayError("interrupted")
	default:
		a.sayError("%v", err)
		if status == exitUsage {
			a.say("Run `%s --help` for usage.", command)
		}
	}
	if ctx.Err() != nil {
		status = exitInterrupted
	}
	a.sayFinished(status)
	return status
}
