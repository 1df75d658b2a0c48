//go:build unix

package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"apigee-audit/apigee/simulator"
)

// downloads are the bundles that were asked for.
func downloads(s *simulator.Server) []string {
	var all []string
	for _, r := range s.Requests() {
		if strings.Contains(r.Query, "format=bundle") {
			all = append(all, r.Path)
		}
	}
	return all
}

// scanProcess prepares the program as a process of its own.
func scanProcess(url, cacheDir string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	cmd = exec.Command("apigee-audit", "scan", "--org", faultOrg, "--endpoint", url, "--cache-dir", cacheDir, "--concurrency", "2", "--rate", "600000", "-f", "json")
	cmd.Env = []string{"APIGEE_AUDIT_TOKEN=" + resumeToken, "PATH=" + os.Getenv("PATH")}
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

const resumeToken = "ya29.resume-token-0123456789"

// TestAnInterruptedRunResumes: however a run ends, the next one downloads only what the cache does not hold, finds the
// same as a run without a cache, and a third downloads nothing.
func TestAnInterruptedRunResumes(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			server := simulator.New(simulator.Demo(), simulator.Options{Latency: 10 * time.Millisecond})
			ts := httptest.NewServer(http.Handler(server))
			defer ts.Close()
			dir := t.TempDir()
			first, stdout, _ := scanProcess(ts.URL, dir)
			if err := first.Start(); err != nil {
				t.Fatal(err)
			}
			settle(t, "the run does not get to its bundles", func() bool { return len(downloads(server)) > 10 })
			if err := first.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = first.Wait() // its status is checked below
			if signal == syscall.SIGINT {
				if code := first.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(stdout.String(), `"complete": false`) {
					t.Errorf("status %d, stdout:\n%s", code, stdout)
				}
			}
			before := downloads(server)
			kept := cachedBundles(t, dir)

			second, resumed, said := scanProcess(ts.URL, dir)
			_ = second.Run()
			if code := second.ProcessState.ExitCode(); code != exitFindings {
				t.Fatalf("status %d:\n%s", code, said)
			}
			again := downloads(server)[len(before):]
			total := len(distinct(downloads(server)))
			if kept == 0 || len(again) != total-kept {
				t.Errorf("%d of %d bundles were kept, and %d downloaded again", kept, total, len(again))
			}
			if !strings.Contains(said.String(), "from the cache") {
				t.Errorf("nothing says that bundles came from the cache:\n%s", said)
			}

			asked := len(downloads(server))
			third, repeated, _ := scanProcess(ts.URL, dir)
			_ = third.Run()
			if n := len(downloads(server)) - asked; n > 0 {
				t.Errorf("an unchanged organization took %d downloads", n)
			}
			if untimed(resumed.String()) != untimed(repeated.String()) {
				t.Error("the report from the cache differs")
			}
			checkNoSecret(t, dir, resumeToken)
		})
	}
}

// TestTheSecondInterruptStops: the first waits for what can be reported, the second does not.
func TestTheSecondInterruptStops(t *testing.T) {
	ts := httptest.NewServer(simulator.New(simulator.Demo(), simulator.Options{Latency: time.Minute}))
	defer ts.Close()
	cmd, _, _ := scanProcess(ts.URL, t.TempDir())
	// A report that nobody reads holds the program up after the first interrupt.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fill(t, w)
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for range 100 {
		select {
		case <-ended:
			if cmd.ProcessState.Success() {
				t.Error("an interrupted run ended well")
			}
			return
		case <-time.After(100 * time.Millisecond):
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}
	t.Error("the program does not stop")
}

// fill leaves no room in a pipe.
func fill(t *testing.T, w *os.File) {
	t.Helper()
	if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func distinct(all []string) []string { return slices.Compact(slices.Sorted(slices.Values(all))) }

// cachedBundles is how many bundles the indexes of a cache name.
func cachedBundles(t *testing.T, dir string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.index"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(data, []byte("\n"))
	}
	return n
}

// untimed drops the lines that hold times.
func untimed(report string) string {
	lines := strings.Split(report, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool {
		return strings.Contains(l, `"startedAt"`) || strings.Contains(l, `"finishedAt"`)
	}), "\n")
}

func checkNoSecret(t *testing.T, dir, secret string) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("%s holds the token", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
