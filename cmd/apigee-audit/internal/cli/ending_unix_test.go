//go:build unix

package cli

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
)

// soon is the promise: two seconds, and some for a machine under load.
const soon = 2*time.Second + 1500*time.Millisecond

// process is the program as one of its own, in an empty folder.
func process(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.Command("apigee-audit", args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"APIGEE_AUDIT_TOKEN=" + resumeToken, "PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

func mkfifo(t *testing.T, name string) string {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// silent is a stream that somebody holds open and never writes to.
func silent(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r
}

// deaf is a stream that somebody holds open and never reads from.
func deaf(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fill(t, w)
	t.Cleanup(func() { r.Close(); w.Close() })
	return w
}

// TestSignalsAndTimeoutEndEverything: whatever the program waits for, it ends within two seconds of being told to.
func TestSignalsAndTimeoutEndEverything(t *testing.T) {
	slow := httptest.NewServer(simulator.New(simulator.Demo(), simulator.Options{Latency: time.Minute}))
	t.Cleanup(slow.Close) // after the cases, which run in parallel once this function has returned
	live := []string{"--org", faultOrg, "--endpoint", slow.URL, "--no-cache"}
	for name, tt := range map[string]struct {
		args  []string
		tune  func(*testing.T, *exec.Cmd)
		timed bool   // it has a --timeout
		says  string // on stdout, of what was finished
	}{
		"requests":         {args: append([]string{"scan", "-f", "json"}, live...), timed: true, says: `"complete": false`},
		"a token on stdin": {args: append([]string{"scan", "-f", "json", "--token-file", "-"}, live...), timed: true, says: `"complete": false`, tune: func(t *testing.T, c *exec.Cmd) { c.Stdin = silent(t) }},
		"a token in a pipe": {args: append([]string{"scan", "-f", "json", "--token-file", "pipe"}, live...), timed: true, says: `"complete": false`,
			tune: func(t *testing.T, c *exec.Cmd) { mkfifo(t, filepath.Join(c.Dir, "pipe")) }},
		"a report on stdin": {args: []string{"render", "-"}, tune: func(t *testing.T, c *exec.Cmd) { c.Stdin = silent(t) }},
		"a merge of stdin":  {args: []string{"merge", "-"}, tune: func(t *testing.T, c *exec.Cmd) { c.Stdin = silent(t) }},
		"a full pipe":       {args: []string{"scan", "--demo"}, timed: true, tune: func(t *testing.T, c *exec.Cmd) { c.Stdout = deaf(t) }},
		"a full stderr":     {args: append([]string{"scan", "-f", "json"}, live...), timed: true, tune: func(t *testing.T, c *exec.Cmd) { c.Stderr = deaf(t) }},
		"an output that is a pipe": {args: []string{"scan", "--demo", "-f", "json", "-o", "json=pipe"}, timed: true,
			tune: func(t *testing.T, c *exec.Cmd) { mkfifo(t, filepath.Join(c.Dir, "pipe")) }},
		"a pull":    {args: append([]string{"pull", "-o", "snap"}, live...), timed: true},
		"simulated": {args: []string{"simulate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endings := map[string]int{"interrupt": exitInterrupted}
			if tt.timed {
				endings["timeout"] = exitFailed
			}
			if name == "requests" { // each signal is the same to all
				endings["terminated"] = exitInterrupted
				if !signal.Ignored(syscall.SIGHUP) { // as it is under nohup, for the program too
					endings["hangup"] = exitInterrupted
				}
			}
			for ending, want := range endings {
				args := tt.args
				if ending == "timeout" {
					args = append(args[:len(args):len(args)], "--timeout", "500ms")
				}
				cmd, stdout, stderr, took := signalled(t, args, tt.tune, ending)
				if code := cmd.ProcessState.ExitCode(); code != want || took > soon {
					t.Errorf("%s: status %d after %v, stderr:\n%s", ending, code, took, stderr)
				}
				if !strings.Contains(stdout.String(), tt.says) {
					t.Errorf("%s: stdout lacks %s:\n%s", ending, tt.says, stdout)
				}
				if left, _ := filepath.Glob(filepath.Join(cmd.Dir, ".apigee-audit-*")); len(left) > 0 {
					t.Errorf("%s: left behind: %v", ending, left)
				}
			}
		})
	}
}

// signalled runs the program, sends it the signal that an ending is, if it is one, and waits for its end. One that the signal
// killed may not have come to handle signals yet, on a busy machine: it is run again and given longer, as is one that did not
// end soon.
func signalled(t *testing.T, args []string, tune func(*testing.T, *exec.Cmd), ending string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer, took time.Duration) {
	t.Helper()
	const longest = 8 * time.Second
	for start := 500 * time.Millisecond; ; start *= 2 {
		cmd, stdout, stderr = process(t, args...)
		if tune != nil {
			tune(t, cmd)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(start)
		for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			if s.String() == ending {
				_ = cmd.Process.Signal(s) // it may have ended, which the status tells
			}
		}
		took = wait(t, cmd)
		if killed := cmd.ProcessState.ExitCode() == -1; !killed && took <= soon || start >= longest {
			return cmd, stdout, stderr, took
		}
	}
}

// wait waits for the end of a process, not for ever, and says how long that took.
func wait(t *testing.T, cmd *exec.Cmd) time.Duration {
	t.Helper()
	start := time.Now()
	killed := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer killed.Stop()
	_ = cmd.Wait() // the status is the caller's to judge
	return time.Since(start)
}

// TestNothingWaitsForAPipe: files that somebody else may have put there are not waited for at all.
func TestNothingWaitsForAPipe(t *testing.T) {
	for name, tt := range map[string]struct {
		pipe string
		args []string
		env  string
		says string
	}{
		"a found configuration": {pipe: config.FoundName, args: []string{"scan", "--demo"}, says: "it is a pipe, not a regular file"},
		"a named configuration": {pipe: "c.yaml", args: []string{"scan", "--demo", "--config", "c.yaml"}, says: "it is a pipe"},
		"config check":          {pipe: "c.yaml", args: []string{"config", "check", "c.yaml"}, says: "it is a pipe"},
		"config show":           {pipe: config.FoundName, args: []string{"config", "show"}, says: "it is a pipe"},
		"a baseline":            {pipe: "b.json", args: []string{"scan", "--demo", "--baseline", "b.json"}, says: "it is a pipe"},
		"render":                {pipe: "r.json", args: []string{"render", "r.json"}, says: "is a pipe: redirect it to stdin"},
		"merge":                 {pipe: "r.json", args: []string{"merge", "r.json"}, says: "is a pipe"},
		"diff":                  {pipe: "r.json", args: []string{"diff", "r.json", "r.json"}, says: "is a pipe"},
		"credentials":           {pipe: "k.json", args: []string{"scan", "--org", "acme", "--credentials", "k.json"}, says: "it is a pipe"},
		"netrc":                 {pipe: ".netrc", args: []string{"scan", "--org", "acme", "--platform", "edge"}, env: "APIGEE_AUDIT_TOKEN=", says: "it is a pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd, _, stderr := process(t, tt.args...)
			cmd.Env = append(cmd.Env, tt.env)
			mkfifo(t, filepath.Join(cmd.Dir, tt.pipe))
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			took := wait(t, cmd)
			if code := cmd.ProcessState.ExitCode(); code != exitUsage && code != exitFailed || !strings.Contains(stderr.String(), tt.says) || took > 10*time.Second {
				t.Errorf("status %d after %v, stderr:\n%s", code, took, stderr)
			}
		})
	}
}

// TestAKilledPullIsClearedAway: the next pull removes what one that was killed has left, and nothing of one that runs.
func TestAKilledPullIsClearedAway(t *testing.T) {
	ts := httptest.NewServer(simulator.New(simulator.Demo(), simulator.Options{Latency: 30 * time.Millisecond}))
	defer ts.Close()
	args := []string{"pull", "-o", "snap", "--org", faultOrg, "--endpoint", ts.URL, "--no-cache", "--concurrency", "2", "--rate", "60000"}
	first, _, _ := process(t, args...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	unfinished := func() []string {
		all, _ := filepath.Glob(filepath.Join(first.Dir, ".apigee-audit-pull-*", "*", "*", "*", "*.zip"))
		return all
	}
	settle(t, "the pull writes nothing", func() bool { return len(unfinished()) > 3 })

	// While it runs, another leaves its files alone.
	beside, _, stderr := process(t, append(args, "-o", "other")...)
	beside.Dir = first.Dir
	if err := beside.Run(); err != nil {
		t.Fatalf("%v, stderr:\n%s", err, stderr)
	}
	if strings.Contains(stderr.String(), "removed") {
		t.Errorf("a pull removed another's files, stderr:\n%s", stderr)
	}

	again, _, _ := process(t, args...)
	again.Dir = t.TempDir()
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	pattern := filepath.Join(again.Dir, ".apigee-audit-pull-*")
	settle(t, "the pull does not start", func() bool { all, _ := filepath.Glob(pattern + "/*"); return len(all) > 0 })
	_ = again.Process.Kill()
	_ = again.Wait() // it was killed
	if all, _ := filepath.Glob(pattern); len(all) == 0 {
		t.Fatal("a killed pull left nothing, so there is nothing to clear away")
	}
	next, _, stderr := process(t, args...)
	next.Dir = again.Dir
	if err := next.Run(); err != nil {
		t.Fatalf("%v, stderr:\n%s", err, stderr)
	}
	if all, _ := filepath.Glob(pattern); len(all) > 0 || !strings.Contains(stderr.String(), "left behind by an earlier pull that was killed") {
		t.Errorf("left are %v, stderr:\n%s", all, stderr)
	}
	_ = first.Process.Kill()
	_ = first.Wait() // it has ended, or was killed
}
