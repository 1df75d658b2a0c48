package rules_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// update makes the tests write what they would compare with.
var update = flag.Bool("update", false, "rewrite the golden files")

// TestRemedies compares what the findings of some fixtures advise, XML to paste included, with testdata/remedies.txt.
func TestRemedies(t *testing.T) {
	var b strings.Builder
	for _, name := range []string{
		"RT101", "RT101_remedies", "RT102", "RT103", "RT104_causes", "RT106", "RT107", "RT110", "RT201", "RT202", "RT203", "RT204", "RT301", "RT301_fapi", "RT303", "RT401",
	} {
		archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		rule, _, _ := strings.Cut(name, "_")
		for _, f := range audittest.Read(t, archive.Files).Audit(t, rules.All()) {
			if f.RuleID != rule {
				continue
			}
			fmt.Fprintf(&b, "## %s %s %s:%d\n", f.RuleID, f.Name, f.File, f.Line)
			if f.Cause != nil {
				fmt.Fprintf(&b, "%s\n", f.Cause.Kind)
			}
			fmt.Fprintf(&b, "%s\n", f.Remediation)
			for _, s := range f.Snippets {
				fmt.Fprintf(&b, "\n%s, %s %s %s:%d\n%s\n", s.Where, s.Kind.Noun(), s.Name, s.File, s.Line, s.XML)
			}
			b.WriteString("\n")
		}
	}
	const golden = "testdata/remedies.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs; read it and run with -update (-want +got):\n%s", golden, diff)
	}
}

// TestRemediesAreWellFormed holds of all fixtures that the XML to paste is XML, and that it goes somewhere.
func TestRemediesAreWellFormed(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range audittest.Read(t, archive.Files).Audit(t, rules.All()) {
			for _, s := range f.Snippets {
				seen++
				if s.Where == "" || s.File == "" || s.Name == "" || s.Kind == "" || s.Line == 0 && s.Where != "a new file" {
					t.Errorf("%s: %s of %s: a snippet goes nowhere: %+v", file, f.RuleID, f.Name, s)
				}
				for d := xml.NewDecoder(strings.NewReader(string(s.XML))); ; {
					if _, err := d.Token(); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						t.Errorf("%s: %s of %s: %v\n%s", file, f.RuleID, f.Name, err, s.XML)
						break
					}
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no finding has XML to paste")
	}
}
