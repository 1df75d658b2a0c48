package cli

import (
	"bytes"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// A report is the same on any number of processors, but for the fields that hold times.
func TestSameOnAnyNumberOfProcessors(t *testing.T) {
	times := regexp.MustCompile(`"(startedAt|finishedAt|from|to)": "[^"]*"`)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first []byte
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		var out, said bytes.Buffer
		args := []string{"scan", "--no-config", "--no-cache", "--demo", "--traffic", "30d", "--reach", "--apps", "--debug-masks", "-f", "json", "-q"}
		if status := run(t.Context(), args, nil, streams{in: strings.NewReader(""), out: &out, err: &said}); status != exitFindings {
			t.Fatalf("status %d: %s", status, &said)
		}
		report := times.ReplaceAll(out.Bytes(), nil)
		if first == nil {
			first = report
		}
		if !bytes.Equal(first, report) {
			t.Errorf("with %d processors the report is another one than with 1", n)
		}
	}
}
