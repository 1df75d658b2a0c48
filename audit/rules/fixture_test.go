package rules_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/internal/audittest"
	"apigee-audit/audit/rules"
)

// want is what a comment in a fixture expects of the line it stands on:
//
//	<!-- want RT201 "high high: .*never expires" -->
//
// The pattern is matched against "severity confidence: message remediation".
type want struct {
	revision apigee.Revision
	file     string
	line     int
	rule     string
	pattern  *regexp.Regexp
	met      bool
}

var (
	wantComment = regexp.MustCompile(`<!--\s*want\s+(.*?)\s*-->`)
	wantClause  = regexp.MustCompile(`(RT\d+)\s+("(?:[^"\\]|\\.)*")`)
)

// TestFixtures holds that in every fixture the findings of all rules and the wants match one to one.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			wants := readWants(t, archive.Files)
			for _, f := range audittest.Read(t, archive.Files).Audit(t, rules.All()) {
				checkGist(t, f)
				if !meet(wants, f) {
					t.Errorf("unexpected finding\n%s %s/%s/%s:%d\n%s\ndeployed %v", f.RuleID, f.Kind, f.Name, f.File, f.Line, text(f), f.Deployments)
				}
			}
			for _, w := range wants {
				if !w.met {
					t.Errorf("nothing found for\n%s %s %s:%d %s", w.rule, w.revision, w.file, w.line, w.pattern)
				}
			}
		})
	}
}

// checkGist holds that a gist is a sentence which names neither the policy nor the bundle that its finding is about. The reason why
// a refresh policy cannot run may be the step of that name.
func checkGist(t *testing.T, f finding.Finding) {
	t.Helper()
	named := strings.Contains(f.Gist, strconv.Quote(f.Policy)) && f.RuleID != finding.RefreshUnreachable
	if f.Gist == "" || f.Gist[0] < 'A' || f.Gist[0] > 'Z' || named || strings.Contains(f.Gist, f.Kind.Noun()+" "+f.Name+" ") {
		t.Errorf("%s of %s: the gist of\n%s\nis\n%s", f.RuleID, f.Name, f.Message, f.Gist)
	}
}

func readWants(t *testing.T, files []txtar.File) []*want {
	t.Helper()
	var out []*want
	for _, f := range files {
		if f.Name == "organization" {
			continue
		}
		_, r, path := audittest.SplitName(t, f.Name)
		for i, line := range strings.Split(string(f.Data), "\n") {
			for _, comment := range wantComment.FindAllStringSubmatch(line, -1) {
				clauses := wantClause.FindAllStringSubmatch(comment[1], -1)
				if clauses == nil {
					t.Fatalf("%s:%d: cannot read %q", f.Name, i+1, comment[0])
				}
				for _, c := range clauses {
					pattern, err := strconv.Unquote(c[2])
					if err != nil {
						t.Fatalf("%s:%d: %s: %v", f.Name, i+1, c[2], err)
					}
					out = append(out, &want{revision: r, file: path, line: i + 1, rule: c[1], pattern: regexp.MustCompile(pattern)})
				}
			}
		}
	}
	return out
}

// meet finds an open want that fits a finding.
func meet(wants []*want, f finding.Finding) bool {
	for _, w := range wants {
		if !w.met && w.rule == f.RuleID && w.file == f.File && w.line == f.Line && w.pattern.MatchString(text(f)) && deployedAs(f, w.revision) {
			w.met = true
			return true
		}
	}
	return false
}

func deployedAs(f finding.Finding, r apigee.Revision) bool {
	if f.Kind != r.Kind || f.Name != r.Name {
		return false
	}
	for _, d := range f.Deployments {
		if d.Revision == r.Number {
			return true
		}
	}
	return false
}

func text(f finding.Finding) string {
	return fmt.Sprintf("%s %s: %s %s", f.Severity, f.Confidence, f.Message, f.Remediation)
}
