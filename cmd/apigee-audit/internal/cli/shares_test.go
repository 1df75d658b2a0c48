package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMergeWaitsForTheShares: the job that merges may start with the fleet. It takes no share before it is whole, and after its
// time says which are missing.
func TestMergeWaitsForTheShares(t *testing.T) {
	shares := map[string]string{}
	for i := 1; i <= 4; i++ {
		_, stdout, _ := call(t.Context(), []string{"scan", "--demo", "-q", "-f", "json", "--fail-on", "none", "--shard", fmt.Sprintf("%d/4", i)}, nil)
		shares[fmt.Sprintf("audit-%d-of-4.json", i)] = stdout
	}
	_, whole, _ := call(t.Context(), []string{"scan", "--demo", "-q", "-f", "json", "--fail-on", "none"}, nil)
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
	arriving := make(chan struct{})
	go func() {
		defer close(arriving)
		for i := 1; i <= 4; i++ {
			name := fmt.Sprintf("audit-%d-of-4.json", i)
			time.Sleep(150 * time.Millisecond)
			write(name, shares[name][:len(shares[name])/2]) // as a file system shows it whose rename is a copy
			time.Sleep(150 * time.Millisecond)
			write(name, shares[name])
		}
	}()
	status, got, stderr := call(t.Context(), []string{"merge", dir, "--wait", "1m", "--max-age", "1h", "-f", "json", "--fail-on", "none"}, nil)
	<-arriving
	if diff := cmp.Diff(timeless(whole), timeless(got)); status != exitClean || diff != "" || !strings.Contains(stderr, "waiting up to 1m") {
		t.Errorf("status %d, stderr:\n%s\n(-whole +merged):\n%s", status, stderr, diff)
	}

	if err := os.Remove(filepath.Join(dir, "audit-3-of-4.json")); err != nil {
		t.Fatal(err)
	}
	status, got, stderr = call(t.Context(), []string{"merge", dir, "--wait", "300ms", "-f", "json", "--fail-on", "none"}, nil)
	if status != exitFailed || !strings.Contains(got, "shard 3/4 is missing") || !strings.Contains(stderr, "for the report of share 3") {
		t.Errorf("a share that never comes: status %d, stderr:\n%s", status, stderr)
	}
	write("audit-3-of-4.json", shares["audit-3-of-4.json"][:100])
	if status, _, stderr = call(t.Context(), []string{"merge", dir, "--wait", "300ms"}, nil); status != exitUsage || !strings.Contains(stderr, "audit-3-of-4.json") {
		t.Errorf("a share that stays in parts: status %d, stderr:\n%s", status, stderr)
	}

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	if status, _, stderr = call(ctx, []string{"merge", t.TempDir(), "--wait", "1h"}, nil); status != exitInterrupted || !strings.Contains(stderr, "interrupted") {
		t.Errorf("interrupted: status %d, stderr:\n%s", status, stderr)
	}
}

// TestMergeLeavesOutTheSharesOfAnEarlierRun: a share that failed this time must not be covered by its last report.
func TestMergeLeavesOutTheSharesOfAnEarlierRun(t *testing.T) {
	dir := t.TempDir()
	for i := 1; i <= 4; i++ {
		_, text, _ := call(t.Context(), []string{"scan", "--demo", "-q", "-f", "json", "--fail-on", "none", "--shard", fmt.Sprintf("%d/4", i)}, nil)
		if i == 2 {
			d := document(t, text)
			old := d.FinishedAt.Add(-24 * time.Hour).Format(time.RFC3339Nano)
			text = strings.Replace(text, d.FinishedAt.Format(time.RFC3339Nano), old, 1)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if status, _, stderr := call(t.Context(), []string{"merge", dir, "--fail-on", "none"}, nil); status != exitClean {
		t.Fatalf("without --max-age: status %d, stderr:\n%s", status, stderr)
	}
	status, stdout, stderr := call(t.Context(), []string{"merge", dir, "--max-age", "6h", "-f", "json", "--fail-on", "none"}, nil)
	if status != exitFailed || !strings.Contains(stdout, "shard 2/4 is missing") || !strings.Contains(stderr, "2.json is left out") {
		t.Errorf("status %d, stderr:\n%s", status, stderr)
	}
}
