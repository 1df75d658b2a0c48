package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/history"
	"apigee-audit/report/internal/reporttest"
)

// weeks is a history of audits a week apart, with everything in it that histories have, hostile names among it.
func weeks(t *testing.T) *history.History {
	t.Helper()
	start := time.Date(2026, 11, 5, 6, 30, 0, 0, time.UTC)
	unreadable := reporttest.Rich()
	unreadable.Problems = []apigee.Problem{{Organization: "acme", Operation: "read organization", Error: "refused"}}
	for i := range unreadable.Organizations {
		unreadable.Organizations[i].Audited = 0
	}
	unreadable.Findings, unreadable.LeftOut = nil, nil
	reopened := reporttest.Single()
	reopened.Findings = append(reopened.Findings, reporttest.Compared().Findings[:2]...)
	fixed := reporttest.CleanBill()
	fixed.Organizations = reporttest.Single().Organizations
	docs := []*report.Document{reporttest.Rich(), reporttest.Single(), fixed, unreadable, reopened, reporttest.Changed()}
	outlines := report.NewOutlines()
	var reports []history.Report
	for i, d := range docs {
		d.StartedAt, d.FinishedAt = start.AddDate(0, 0, 7*i), start.AddDate(0, 0, 7*i).Add(time.Minute)
		d.Normalize()
		o, err := outlines.Read(reporttest.JSON(t, d))
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, history.Report{Name: fmt.Sprintf("week-%d.json", i), Outline: o})
	}
	h := history.New(reporttest.Tool(), reports, nil)
	h.Add([]history.File{{Name: reporttest.Hostile + ".sarif", Why: "it is no audit report"}}, []history.File{{Name: "cut.json", Why: reporttest.Hostile}})
	return h
}

func writeHistory(t *testing.T, format string, h *history.History, o report.Options) []byte {
	t.Helper()
	return written(t, WriteHistory, format, h, o)
}

func TestGoldenHistory(t *testing.T) {
	golden(t, "history.piped.txt", writeHistory(t, "table", weeks(t), report.Options{}))
	golden(t, "history.80.txt", writeHistory(t, "table", weeks(t), report.Options{Width: 80}))
	golden(t, "history.120.txt", writeHistory(t, "table", weeks(t), report.Options{Width: 120}))
	golden(t, "history.csv", writeHistory(t, "csv", weeks(t), report.Options{}))
	golden(t, "history.json", writeHistory(t, "json", weeks(t), report.Options{}))
	golden(t, "history.html", withoutAssets(writeHistory(t, "html", weeks(t), report.Options{})))
}

// withoutAssets leaves out of a page what has files of its own.
func withoutAssets(page []byte) []byte {
	for _, tag := range []string{"style", "script"} {
		before, rest, _ := bytes.Cut(page, []byte("<"+tag+">"))
		_, after, _ := bytes.Cut(rest, []byte("</"+tag+">"))
		page = append(append(bytes.Clone(before), []byte("<"+tag+"></"+tag+">")...), after...)
	}
	_, after, _ := bytes.Cut(page, []byte("Content-Security-Policy"))
	_, after, _ = bytes.Cut(after, []byte(">"))
	return after
}

func TestHistoriesAreHarmless(t *testing.T) {
	for _, name := range HistoryFormats() {
		for _, width := range []int{0, 60, 200} {
			page := writeHistory(t, name, weeks(t), report.Options{Width: width, Verbose: true})
			for _, r := range string(page) {
				if r != '\n' && r != '\r' && !text.Visible(r) {
					t.Errorf("%s lets %q through", name, r)
				}
			}
			if bytes.Contains(page, []byte("\n::error")) || bytes.Contains(withoutAssets(page), []byte("<b>..")) {
				t.Errorf("%s obeys what is in a name", name)
			}
		}
	}
	if !json.Valid(writeHistory(t, "json", weeks(t), report.Options{})) {
		t.Error("no JSON")
	}
	rows, err := csv.NewReader(bytes.NewReader(writeHistory(t, "csv", weeks(t), report.Options{}))).ReadAll()
	if err != nil || len(rows) < 20 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// No line of a table is wider than the terminal.
func TestHistoryFits(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		for line := range strings.Lines(string(writeHistory(t, "table", weeks(t), report.Options{Width: width}))) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
	}
}

// What there is nothing of must not be missing from a page, or end the program.
func TestHistoriesOfLittle(t *testing.T) {
	one := func(d *report.Document) []history.Report {
		d.StartedAt = time.Date(2026, 11, 5, 6, 30, 0, 0, time.UTC)
		o, err := report.NewOutlines().Read(reporttest.JSON(t, d))
		if err != nil {
			t.Fatal(err)
		}
		return []history.Report{{Name: "a.json", Outline: o}}
	}
	share := &report.Document{SchemaVersion: 1, Shard: &report.Shard{Index: 1, Of: 2}}
	share.Normalize()
	for name, h := range map[string]*history.History{
		"nothing":            history.New(reporttest.Tool(), nil, nil),
		"a clean bill":       history.New(reporttest.Tool(), one(reporttest.CleanBill()), nil),
		"one report":         history.New(reporttest.Tool(), one(reporttest.Single()), nil),
		"bundles from disk":  history.New(reporttest.Tool(), one(reporttest.Offline()), nil),
		"an empty share":     history.New(reporttest.Tool(), one(share), nil),
		"nothing asked for":  history.New(reporttest.Tool(), one(reporttest.Single()), &history.Filter{Proxies: []string{"none"}, MinSeverity: finding.High}),
		"after the last one": history.New(reporttest.Tool(), one(reporttest.Single()), &history.Filter{Since: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}),
	} {
		for _, format := range HistoryFormats() {
			if page := writeHistory(t, format, h, report.Options{Width: 80}); len(page) == 0 {
				t.Errorf("%s as %s is empty", name, format)
			}
		}
	}
	if err := WriteHistory(io.Discard, "sarif", weeks(t), report.Options{}); err == nil {
		t.Error("an unknown format is not an error")
	}
}
