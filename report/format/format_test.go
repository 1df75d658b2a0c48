package format

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
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
	if err := Write(failingWriter{t}, "yaml", reporttest.Single(), report.Options{}); err == nil || !strings.Contains(err.Error(), "use table, json, sarif") {
		t.Errorf("an unknown format: %v", err)
	}
	for _, f := range Formats() {
		if err := Write(brokenPipe{}, f, reporttest.Single(), report.Options{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s loses the writer's error: %v", f, err)
		}
	}
}

func TestFormatsBeginWithTheDefault(t *testing.T) {
	if got := Formats(); !slices.Equal(got[:3], []string{"table", "json", "sarif"}) {
		t.Errorf("formats %v", got)
	}
}

// What nobody could read again is not written, whoever made it.
func TestWriteRefusesWhatReadRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*report.Document){
		"severity(0)":       func(d *report.Document) { d.Findings[0].Severity = 0 },
		"a negative line":   func(d *report.Document) { d.Findings[0].Path[0].Line = -1 },
		"an unknown status": func(d *report.Document) { d.Findings[0].Status = "odd" },
		"a date that is none": func(d *report.Document) {
			d.Findings[0].Suppression = &finding.Suppression{Source: finding.FromPolicy, Expires: "soon"}
		},
	} {
		d := reporttest.Single()
		spoil(d)
		for _, format := range Formats() {
			if err := Write(failingWriter{t}, format, d, report.Options{}); err == nil {
				t.Errorf("%s is written as %s", name, format)
			}
		}
	}
}

// A share that is missing makes the whole incomplete, which no format may keep to itself.
func TestFormatsTellWhatIsMissing(t *testing.T) {
	share := reporttest.CleanBill()
	share.Shard = &report.Shard{Index: 1, Of: 2}
	d, err := report.Merge(reporttest.Tool(), []report.Stored{{Name: "share", Document: share}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Formats() {
		if out := string(write(t, name, d, report.Options{})); !strings.Contains(out, "shard 2/2") {
			t.Errorf("%s does not tell the problem", name)
		}
	}
}
