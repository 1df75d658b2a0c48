package report

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// failingWriter is for reports of which nothing may be written.
type failingWriter struct{ t *testing.T }

func (w failingWriter) Write(p []byte) (int, error) {
	w.t.Errorf("%q is written", p)
	return len(p), nil
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	if err := Write(failingWriter{t}, "yaml", single(), Options{}); err == nil || !strings.Contains(err.Error(), "use table, json, sarif") {
		t.Errorf("an unknown format: %v", err)
	}
	for _, f := range Formats() {
		if err := Write(brokenPipe{}, f, single(), Options{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s loses the writer's error: %v", f, err)
		}
	}
}

func TestFormatsBeginWithTheDefault(t *testing.T) {
	if got := Formats(); !slices.Equal(got[:3], []string{"table", "json", "sarif"}) {
		t.Errorf("formats %v", got)
	}
}
