//go:build unix

package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReadDoesNotWaitForAPipe(t *testing.T) {
	for name, want := range map[string]string{pipe(t): "a pipe, not", "/dev/zero": "a device, not"} {
		if _, err := Read(name, 1<<20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(name, link); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(link, 1<<20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a link to %s: %v", name, err)
		}
	}
}

func TestReadPipe(t *testing.T) {
	silent := pipe(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := ReadPipe(ctx, silent, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a pipe without a writer: %v", err)
	}
	if w, err := os.OpenFile(silent, os.O_WRONLY, 0); err == nil { // lets the read that was left behind end
		w.Close()
	}
	name := pipe(t)
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(name, []byte("late"), 0o600) }()
	if data, err := ReadPipe(t.Context(), name, 10); string(data) != "late" || err != nil {
		t.Errorf("a pipe with a writer: %q, %v", data, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	for name, want := range map[string]bool{name: true, t.TempDir(): false, "/dev/zero": false, "nowhere": false} {
		if IsPipe(name) != want {
			t.Errorf("%s: a pipe is %v", name, !want)
		}
	}
}
