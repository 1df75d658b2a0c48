package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

// simulate serves the sample organizations and returns the name of one and the flags and environment to reach it.
func simulate(t *testing.T, o simulator.Options) (org string, flags, environ []string) {
	t.Helper()
	o.Token = "test"
	orgs := simulator.Demo()
	url, stop, err := simulator.New(orgs, o).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return orgs[0].Name, []string{"scan", "--endpoint", url, "--rate", "60000", "--cache-dir", t.TempDir()}, []string{config.EnvToken + "=test"}
}

// call runs the program in process.
func call(ctx context.Context, args, environ []string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(ctx, args, environ, streams{in: strings.NewReader(""), out: &out, err: &err})
	return status, out.String(), err.String()
}

func TestOneOrganizationFailsAlone(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{})
	args := slices.Concat(flags, []string{"--org", org, "--org", "nowhere", "--format", "json"})
	status, stdout, stderr := call(t.Context(), args, environ)
	if status != exitFailed || !strings.Contains(stderr, "organization nowhere: ") {
		t.Errorf("status %d, stderr:\n%s", status, stderr)
	}
	var doc report.Document
	if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Complete || len(doc.Findings) == 0 || len(doc.Organizations) != 2 {
		t.Errorf("complete %v, %d findings, %d organizations", doc.Complete, len(doc.Findings), len(doc.Organizations))
	}
	if status, _, _ = call(t.Context(), append(args, "--allow-partial"), environ); status != exitFindings {
		t.Errorf("status with --allow-partial is %d", status)
	}
}

func TestAllOrganizationsFail(t *testing.T) {
	_, flags, environ := simulate(t, simulator.Options{})
	status, stdout, stderr := call(t.Context(), append(flags, "--org", "nowhere", "--allow-partial"), environ)
	if status != exitFailed || stdout != "" || !strings.Contains(stderr, "organization nowhere: ") {
		t.Errorf("status %d, stdout %q, stderr:\n%s", status, stdout, stderr)
	}
}

func TestTimeoutMakesTheAuditIncomplete(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{Latency: time.Minute})
	status, stdout, stderr := call(t.Context(), append(flags, "--org", org, "--timeout", "50ms", "--format", "json"), environ)
	if status != exitFailed || !strings.Contains(stdout, `"complete": false`) || !strings.Contains(stderr, "--timeout 50ms was reached") {
		t.Errorf("status %d, stdout:\n%s\nstderr:\n%s", status, stdout, stderr)
	}
}

func TestInterruptStillReports(t *testing.T) {
	org, flags, environ := simulate(t, simulator.Options{Latency: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	status, stdout, stderr := call(ctx, append(flags, "--org", org, "--format", "json"), environ)
	if status != exitInterrupted || !strings.Contains(stdout, `"complete": false`) || !strings.Contains(stderr, "interrupted") {
		t.Errorf("status %d, stdout:\n%s\nstderr:\n%s", status, stdout, stderr)
	}
}

func TestSimulateServesUntilInterrupted(t *testing.T) {
	t.Run("x", func(t *testing.T) { serveUntilInterrupted(t, "simulate") })
	t.Run("edge", func(t *testing.T) { serveUntilInterrupted(t, "simulate", "--platform", "edge") })
}

func serveUntilInterrupted(t *testing.T, args ...string) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	ended := make(chan int)
	go func() {
		status := run(ctx, args, nil, streams{out: w, err: io.Discard})
		w.Close()
		ended <- status
	}()
	said := bufio.NewScanner(r)
	said.Scan()
	url := said.Text()
	var command string
	for command == "" && said.Scan() {
		if strings.Contains(said.Text(), "apigee-audit scan") {
			command = said.Text()
		}
	}
	go io.Copy(io.Discard, r)

	// The command it prints works as printed.
	words := strings.Fields(command)
	if len(words) < 4 {
		t.Fatalf("no command to scan it in the output; first line %q", url)
	}
	status, stdout, stderr := call(t.Context(), append(words[2:], "--no-cache"), words[:1])
	if status != exitFindings || stdout == "" {
		t.Errorf("%s: status %d, stderr:\n%s", command, status, stderr)
	}
	cancel()
	if status := <-ended; status != exitInterrupted {
		t.Errorf("simulate ended with %d", status)
	}
}
