package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(elsewhere{m}, map[string]func(){"apigee-audit": func() { os.Exit(Main()) }})
}

// elsewhere runs tests with a cache folder of their own, so that they leave nothing in that of whoever runs them.
type elsewhere struct{ *testing.M }

func (e elsewhere) Run() int {
	if cache, err := os.UserCacheDir(); err == nil && os.Getenv("GOCACHE") == "" {
		os.Setenv("GOCACHE", filepath.Join(cache, "go-build")) // benchmarks build the program
	}
	dir, err := os.MkdirTemp("", "apigee-audit")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	// The race detector lets each program wait for a second at its end. A race that it may thus miss is one of the end alone.
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	os.Setenv("XDG_CACHE_HOME", dir)
	os.Setenv("LocalAppData", dir)
	return e.M.Run()
}

// run is the whole program as a function: arguments, environment and streams in, exit status out. The context ends when
// the user interrupts.
func run(ctx context.Context, args, environ []string, s streams) int {
	return newApp(environ, s).run(ctx, nil, args)
}

// TestScripts runs the program as people do. `! exec` only says that a command failed, so scripts ask for the very
// status with `status N apigee-audit ...`.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status},
		Setup: func(e *testscript.Env) error {
			docs, err := filepath.Abs("../../../../docs")
			if err != nil {
				return err
			}
			e.Setenv("DOCS", docs)
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv("HOME", e.WorkDir)                                                          // no credentials of whoever runs the tests
			e.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(e.WorkDir, "nowhere.json")) // else a metadata server is searched for
			return nil
		},
	})
}

// status runs a command and compares its exit status: status 2 apigee-audit scan.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args...]")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = err.Error()
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
			got = strconv.Itoa(failed.ExitCode())
		}
	}
	if got != args[0] {
		ts.Fatalf("exit status is %s, want %s", got, args[0])
	}
}
