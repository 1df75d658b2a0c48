package format

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// update is go test's own kind of global: a flag must exist before flags are parsed.
var update = flag.Bool("update", false, "write the golden files again")

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
	return written(t, Write, format, d, o)
}

// written is something as one of the package's functions writes it.
func written[T any](t *testing.T, write func(io.Writer, string, T, report.Options) error, format string, v T, o report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, format, v, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// goldenSuffixes are the ends of the names of golden files by format.
func goldenSuffixes() map[string]string {
	return map[string]string{"table": ".piped.txt", "json": ".json", "sarif": ".sarif", "csv": ".csv", "csv-inventory": ".inventory.csv", "csv-controls": ".controls.csv", "junit": ".junit.xml", "markdown": ".md", "markdown-summary": ".summary.md", "github": ".github.txt", "gitlab-codequality": ".gitlab.json", "prometheus": ".prom", "mermaid": ".mmd", "dot": ".dot", "ocsf": ".ocsf.ndjson"}
}

func TestGolden(t *testing.T) {
	for _, name := range Formats() {
		suffix, ok := goldenSuffixes()[name]
		if !ok && name != "html" { // which has a test of its own
			t.Errorf("format %s has no golden files: say how their names end", name)
		}
		for document, d := range reporttest.Documents() {
			if ok {
				golden(t, document+suffix, write(t, name, d, report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo"}))
			}
		}
	}
}

func TestGoldenWidths(t *testing.T) {
	for name, d := range reporttest.Documents() {
		for _, width := range []int{80, 120, 200} {
			o := report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo", Width: width}
			golden(t, fmt.Sprintf("%s.%d.txt", name, width), write(t, "table", d, o))
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

// The golden holds what the page says; style and script stand in their own files.
func TestHTMLGolden(t *testing.T) {
	for name, d := range map[string]*report.Document{"single": reporttest.WithExcerpt(), "clean": reporttest.CleanBill(), "nothing": report.New(reporttest.Tool(), nil)} {
		_, page, _ := bytes.Cut(write(t, "html", d, report.Options{Rules: reporttest.Rules(), WorkingDirectory: "/build/repo"}), []byte("</head>\n"))
		page, _, _ = bytes.Cut(page, []byte("<script>"))
		golden(t, name+".html", page)
	}
}

// TestGoldenPicture: the picture of an organization whose names try to be something else, in each of its forms.
func TestGoldenPicture(t *testing.T) {
	d := reporttest.Pictured()
	for format, name := range map[string]string{"json": "picture.json", "mermaid": "picture.mmd", "dot": "picture.dot", "markdown": "picture.md", "html": "picture.html"} {
		page := write(t, format, d, report.Options{Rules: reporttest.Rules()})
		if format == "html" {
			_, page, _ = bytes.Cut(page, []byte(`<section id="picture"`))
			page, _, _ = bytes.Cut(page, []byte("</section>"))
		}
		golden(t, name, page)
	}
}
