package github

import (
	"fmt"
	"strings"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/report"
	"apigee-audit/report/internal/reporttest"
)

// command is what the runner makes of a line.
type command struct {
	name       string
	properties map[string]string
	data       string
}

// parse reads a line as the runner does; nil where it is not a command. Source: TryParseV2 in ActionCommand.cs of
// github.com/actions/runner.
func parse(line string) *command {
	rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), "::")
	if !ok {
		return nil
	}
	head, data, ok := strings.Cut(rest, "::")
	if !ok {
		return nil
	}
	name, list, _ := strings.Cut(strings.TrimSpace(head), " ")
	unescape := func(s string, pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
		}
		return s
	}
	c := &command{name: name, properties: map[string]string{}, data: unescape(data, "%0D", "\r", "%0A", "\n", "%25", "%")}
	for _, pair := range strings.Split(list, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok && value != "" {
			c.properties[key] = unescape(value, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
		}
	}
	return c
}

func commandsOf(t *testing.T, d *report.Document) (all []*command, log []string) {
	t.Helper()
	for line := range strings.Lines(string(reporttest.Write(t, Write, report.Sanitized(d), report.Options{}))) {
		line = strings.TrimSuffix(line, "\n")
		if c := parse(line); c == nil {
			log = append(log, line)
		} else if c.name != "group" && c.name != "endgroup" {
			all = append(all, c)
		}
	}
	return all, log
}

func TestTheRunnerReadsWhatWasMeant(t *testing.T) {
	d := reporttest.Single()
	f := &d.Findings[0]
	f.Message, f.RuleName = "100%, 5%25: a,b", "name: with, everything%3A"
	f.Name, f.File = "lo,gin: 50%", "apiproxy/policies/a,b: %2C.xml"
	d.Normalize()
	all, _ := commandsOf(t, d)
	c := all[0]
	if c.name != "error" || c.properties["title"] != "RT101 name: with, everything%3A (high)" ||
		c.properties["file"] != "apis/lo,gin: 50%/apiproxy/policies/a,b: %2C.xml" || c.properties["line"] != "2" || c.properties["endLine"] != "14" {
		t.Errorf("got %+v", c)
	}
	if c.properties["col"] != "" {
		t.Error("there is a column in a place of several lines, which GitHub refuses")
	}
	if lines := strings.Split(c.data, "\n"); len(lines) != 3 || lines[0] != f.Message || !strings.HasPrefix(lines[2], "Fix: Add a flow") {
		t.Errorf("the text is %q", c.data)
	}
}

func TestNothingFromOutsideIsACommand(t *testing.T) {
	for _, d := range reporttest.Documents() {
		all, log := commandsOf(t, d)
		for _, c := range all {
			if c.name != "error" && c.name != "warning" && c.name != "notice" {
				t.Errorf("command %q", c.name)
			}
		}
		for _, line := range log {
			if strings.Contains(line, "::") || strings.Contains(line, "##") {
				t.Errorf("the log has %q", line)
			}
		}
	}
}

// fleet has 97 known findings of each severity and one new one that is less severe than most.
func fleet(problems int) *report.Document {
	var all []finding.Finding
	for _, s := range finding.Severities() {
		for i := range 97 {
			f := reporttest.NeverRefreshed()
			f.Severity, f.Status, f.Name, f.Fingerprint = s, finding.StatusKnown, fmt.Sprintf("known-%d", i), fmt.Sprintf("%s-%d", s, i)
			all = append(all, f)
		}
	}
	fresh := reporttest.NeverRefreshed()
	fresh.Severity, fresh.Name, fresh.Fingerprint = finding.Medium, "fresh", "fresh"
	accepted := reporttest.SuppressedFinding()
	accepted.Name = "accepted-one"
	r := &finding.Result{Organization: apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"prod"}}, Findings: append(all, fresh, accepted)}
	for i := range problems {
		r.Problems = append(r.Problems, apigee.Problem{Organization: "acme", Name: fmt.Sprintf("lost-%d", i), Kind: apigee.KindProxy, Operation: "download bundle", Error: "no"})
	}
	return report.New(reporttest.Tool(), []*finding.Result{r})
}

func TestLimits(t *testing.T) {
	for _, problems := range []int{0, 1, 3, 12} {
		d := fleet(problems)
		all, log := commandsOf(t, d)
		count := map[string]int{}
		for _, c := range all {
			count[c.name]++
		}
		for _, kind := range []string{"error", "warning", "notice"} {
			if count[kind] != 10 {
				t.Errorf("%d problems: %d annotations of kind %s", problems, count[kind], kind)
			}
		}
		if !strings.Contains(all[0].data, "Proxy fresh") {
			t.Errorf("the new finding is not the first: %q", all[0].data)
		}
		last := all[len(all)-1]
		shown := 10 - min(problems, 3) + 10 + 9
		said := fmt.Sprintf("%d findings annotated, %d more in the log of this step", shown, len(d.Findings)-1-shown)
		if last.name != "notice" || !strings.Contains(last.data, said) || !strings.Contains(last.data, "1 suppressed") {
			t.Errorf("the summary is %q, and lacks %q", last.data, said)
		}
		if got, want := len(log), len(d.Findings)-shown+max(0, problems-3); got != want {
			t.Errorf("%d problems: the log has %d lines, want %d", problems, got, want)
		}
		if (problems > 0) != strings.Contains(last.data, "incomplete") {
			t.Errorf("%d problems, and the summary is %q", problems, last.data)
		}
	}
}

func TestProblemsAreErrors(t *testing.T) {
	d := reporttest.Rich()
	all, _ := commandsOf(t, d)
	var said []string
	for _, c := range all {
		if c.properties["title"] == "Not looked at" {
			if c.name != "error" {
				t.Errorf("a problem is of kind %s", c.name)
			}
			said = append(said, c.properties["file"]+" "+c.data)
		}
	}
	if want := min(len(d.Problems), mostProblems); len(said) != want {
		t.Errorf("%d problems are annotated, want %d: %q", len(said), want, said)
	}
}
