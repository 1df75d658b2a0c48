package format

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
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

func write(t *testing.T, format string, d *report.Document, o report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, d, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for name, d := range reporttest.Documents() {
		o := report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo"}
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
	o := report.Options{Rules: reporttest.Rules(), Verbose: true}
	golden(t, "rich.verbose.piped.txt", write(t, "table", reporttest.Rich(), o))
	o.Width = 100
	golden(t, "rich.verbose.100.txt", write(t, "table", reporttest.Rich(), o))
	o.Color = true
	golden(t, "single.colour.100.txt", write(t, "table", reporttest.Single(), o))
}

func TestGoldenFormats(t *testing.T) {
	for name, d := range reporttest.Documents() {
		o := report.Options{Rules: reporttest.Rules()}
		golden(t, name+".csv", write(t, "csv", d, o))
		golden(t, name+".junit.xml", write(t, "junit", d, o))
		golden(t, name+".md", write(t, "markdown", d, o))
	}
}

// The golden holds what the page says; style and script stand in their own files.
func TestHTMLGolden(t *testing.T) {
	for name, d := range map[string]*report.Document{"single": reporttest.WithExcerpt(), "clean": reporttest.CleanBill(), "nothing": report.New(reporttest.Tool(), nil)} {
		_, page, _ := bytes.Cut(write(t, "html", d, report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo"}), []byte("</head>\n"))
		page, _, _ = bytes.Cut(page, []byte("<script>"))
		golden(t, name+".html", page)
	}
}
