package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update is go test's own kind of global: a flag must exist before flags are parsed.
var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

func write(t *testing.T, format string, d *Document, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, d, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for name, d := range documents() {
		o := Options{Rules: testRules(), WorkingDirectory: "/build/repo"}
		golden(t, name+".json", write(t, "json", d, o))
		golden(t, name+".sarif", write(t, "sarif", d, o))
		golden(t, name+".piped.txt", write(t, "table", d, o))
		for suffix, width := range map[string]int{"80": 80, "120": 120, "200": 200} {
			o.Width = width
			golden(t, name+"."+suffix+".txt", write(t, "table", d, o))
		}
	}
}

func TestGoldenVerbose(t *testing.T) {
	o := Options{Rules: testRules(), Verbose: true}
	golden(t, "rich.verbose.piped.txt", write(t, "table", rich(), o))
	o.Width = 100
	golden(t, "rich.verbose.100.txt", write(t, "table", rich(), o))
	o.Color = true
	golden(t, "single.colour.100.txt", write(t, "table", single(), o))
}
