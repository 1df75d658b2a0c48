package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadIsBounded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(strings.Repeat("x", 2048)), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(name, 2048); err != nil || len(data) != 2048 {
		t.Errorf("a file of exactly the limit: %d bytes, %v", len(data), err)
	}
	if _, err := Read(name, 2047); err == nil || !strings.Contains(err.Error(), "larger than the limit of 2 KB") {
		t.Errorf("a longer file: %v", err)
	}
	link := name + ".link"
	if err := os.Symlink(name, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if data, err := Read(link, 1<<20); err != nil || len(data) != 2048 {
		t.Errorf("through a link: %d bytes, %v", len(data), err)
	}
}

func TestReadRefusesWhatIsNoRegularFile(t *testing.T) {
	var pe *fs.PathError
	if _, err := Read(t.TempDir(), 1); !errors.As(err, &pe) || !strings.Contains(err.Error(), "a folder, not a regular file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Read("nowhere", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// endless is a stream that never says anything.
type endless struct{ release chan struct{} }

func (e endless) Read([]byte) (int, error) {
	<-e.release
	return 0, io.EOF
}

func TestReadStreamEndsWithTheContext(t *testing.T) {
	if data, err := ReadStream(t.Context(), strings.NewReader("token"), 10); string(data) != "token" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := ReadStream(t.Context(), strings.NewReader("token"), 4); err == nil {
		t.Error("the limit does not hold")
	}
	silent := endless{make(chan struct{})}
	defer close(silent.release)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := ReadStream(ctx, silent, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent stream: %v", err)
	}
}
