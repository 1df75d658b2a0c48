package sarif

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// fixesOf are the fixes of the only result of a finding.
func fixesOf(t *testing.T, f finding.Finding, offline bool) []sarifFix {
	t.Helper()
	org := apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Offline: offline}
	if offline {
		org.Name, f.Organization = "", ""
	}
	log := sarifOf(t, report.New(reporttest.Tool(), []*finding.Result{{Organization: org, Findings: []finding.Finding{f}}}), report.Options{WorkingDirectory: "/build/repo"})
	return log.Runs[0].Results[0].Fixes
}

// changedFiles applies a fix to files by path, in the order in which it lists the changes.
func changedFiles(t *testing.T, fix sarifFix, files map[string]string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range fix.Changes {
		text := files[c.ArtifactLocation.URI]
		for _, r := range c.Replacements {
			start, end := offset(text, r.Deleted.StartLine, r.Deleted.StartColumn), offset(text, r.Deleted.EndLine, r.Deleted.EndColumn)
			runes := []rune(text)
			text = string(runes[:start]) + string(r.Inserted.Text) + string(runes[end:])
		}
		out[c.ArtifactLocation.URI] = text
	}
	return out
}

// offset is where a line and column are in a text, in characters.
func offset(text string, line, column int) int {
	n := 0
	for range line - 1 {
		head, rest, _ := strings.Cut(text, "\n")
		n, text = n+len([]rune(head))+1, rest
	}
	return n + column - 1
}

func TestSARIFFixesAreApplied(t *testing.T) {
	f := reporttest.NeverRefreshed()
	f.Fixes = []finding.Fix{{
		Description: "Mend it", Kind: apigee.KindProxy, Name: "login", Revision: "12",
		Edits: []finding.Edit{
			{Place: finding.Place{File: "apiproxy/a.xml", Line: 1, Column: 4, EndLine: 1, EndColumn: 6}, Text: "Ü"},
			{Place: finding.Place{File: "apiproxy/a.xml", Line: 2, Column: 1, EndLine: 2, EndColumn: 1}, Text: "new\r\n"},
			{Place: finding.Place{File: "apiproxy/a.xml", Line: 2, Column: 3, EndLine: 3, EndColumn: 1}},
			{Place: finding.Place{File: "apiproxy/b.xml", Line: 1, Column: 1, EndLine: 1, EndColumn: 2}, Text: "\t"},
		},
		NewFiles: []finding.NewFile{{File: "apiproxy/c.xml", Text: "<c/>\n"}},
	}}
	fixes := fixesOf(t, f, false)
	if len(fixes) != 1 || fixes[0].Description.Text != "Mend it." {
		t.Fatalf("%+v", fixes)
	}
	got := changedFiles(t, fixes[0], map[string]string{"apis/login/apiproxy/a.xml": "äöü12\r\nxy\r\nz\r\n", "apis/login/apiproxy/b.xml": "bb"})
	want := map[string]string{"apis/login/apiproxy/a.xml": "äöüÜ\r\nnew\r\nxyz\r\n", "apis/login/apiproxy/b.xml": "\tb", "apis/login/apiproxy/c.xml": "<c/>\n"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, c := range fixes[0].Changes {
		if c.ArtifactLocation.URIBaseID != organizationBase {
			t.Errorf("%+v", c.ArtifactLocation)
		}
	}
}

// paths are where the fixes of a finding change files.
func paths(fixes []sarifFix) []string {
	var out []string
	for _, x := range fixes {
		for _, c := range x.Changes {
			out = append(out, c.ArtifactLocation.URI)
		}
	}
	return out
}

func TestSARIFFixesKnowTheirBundle(t *testing.T) {
	const file = "sharedflowbundle/policies/Issue.xml"
	edit := []finding.Edit{{Place: finding.Place{File: file, Line: 1, Column: 1, EndLine: 1, EndColumn: 1}, Text: "x"}}
	for name, tt := range map[string]struct {
		fix     finding.Fix
		offline bool
		want    []string
	}{
		"another bundle":                 {fix: finding.Fix{Kind: apigee.KindSharedFlow, Name: "issue", Edits: edit}, want: []string{"sharedflows/issue/" + file}},
		"the finding's own on disk":      {fix: finding.Fix{Kind: apigee.KindProxy, Name: "login", Edits: edit}, offline: true, want: []string{"gw/login/" + file}},
		"every copy":                     {fix: finding.Fix{Kind: apigee.KindProxy, Name: "login", Sources: []string{"gw/login", "/build/repo/old"}, Edits: edit}, offline: true, want: []string{"gw/login/" + file, "old/" + file}},
		"copies outside share a path":    {fix: finding.Fix{Kind: apigee.KindProxy, Name: "login", Sources: []string{"/x", "/y"}, Edits: edit}, offline: true, want: []string{"apis/login/" + file}},
		"another bundle on disk":         {fix: finding.Fix{Kind: apigee.KindSharedFlow, Name: "issue", Sources: []string{"gw/issue"}, Edits: edit}, offline: true, want: []string{"gw/issue/" + file}},
		"nothing to change":              {fix: finding.Fix{Kind: apigee.KindProxy, Name: "login"}},
		"more than anybody would apply":  {fix: finding.Fix{Kind: apigee.KindProxy, Name: "login", Sources: slices.Repeat([]string{"x"}, mostReplacements+1), Edits: edit}, offline: true},
		"files that are one once joined": {fix: finding.Fix{Kind: apigee.KindProxy, Name: "login", Edits: edit, NewFiles: []finding.NewFile{{File: "../" + file, Text: "y"}}}},
		"an edited file twice in it": {
			fix:  finding.Fix{Kind: apigee.KindProxy, Name: "login", Edits: edit, NewFiles: []finding.NewFile{{File: "z", Text: "y"}, {File: file, Text: "y"}}},
			want: []string{"apis/login/" + file, "apis/login/z"},
		},
	} {
		f := reporttest.NeverRefreshed()
		f.Fixes = []finding.Fix{tt.fix}
		if tt.offline {
			f.Source = "/build/repo/gw/login"
		}
		if got := paths(fixesOf(t, f, tt.offline)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// What would be a visible escape in a file is not offered, and no two fixes are alike: the schema refuses them.
func TestSARIFFixesAreExactAndDistinct(t *testing.T) {
	f := reporttest.NeverRefreshed()
	good := f.Fixes[1]
	for _, text := range []finding.Lines{"\u202e", "::error::x", "a\rb", "\x1b[2J", "\xff"} {
		bad := f.Fixes[0]
		bad.NewFiles = []finding.NewFile{{File: "apiproxy/x.xml", Text: text}}
		f.Fixes = []finding.Fix{bad, good, good}
		if got := fixesOf(t, f, false); len(got) != 1 || got[0].Description.Text != good.Description {
			t.Errorf("%q: %+v", text, got)
		}
	}
	f.Fixes = slices.Repeat([]finding.Fix{f.Fixes[0]}, 50_000)
	if got := fixesOf(t, f, false); len(got) != 0 {
		t.Errorf("%d fixes", len(got))
	}
}
