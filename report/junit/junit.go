// Package junit writes a report as test results, which CI systems show.
package junit

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/table"
)

// Write writes one suite for each organization with one test for each rule and bundle that was looked at, as CI
// systems show tests: findings fail, what is accepted or known from the baseline is skipped, problems are errors. The
// form is the one that Jenkins describes (junit-10.xsd of its xunit plugin), which the others read too.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	paths, err := report.NewPaths(d, o)
	if err != nil {
		return err
	}
	suites := suitesOf(d, o, paths)
	var tests, failures, problems int
	for i := range suites {
		n := suites[i].count()
		tests, failures, problems = tests+n.tests, failures+n.failures, problems+n.errors
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s<testsuites name=%s tests=\"%d\" failures=\"%d\" errors=\"%d\">\n", xml.Header, attribute(toolTitle(d)), tests, failures, problems)
	for i := range suites {
		suites[i].write(out, d)
	}
	fmt.Fprintln(out, "</testsuites>")
	return out.Flush() // which remembers the first error
}

func toolTitle(d *report.Document) string { return cmp.Or(d.Tool.Name, "apigee-audit") }

// suite is one organization.
type suite struct {
	name    string
	org     report.Organization
	cases   []testCase
	notices []apigee.Problem
}

// testCase is one rule and one bundle, or one problem.
type testCase struct {
	class, name string
	file        string // of the first finding, "" for none: GitLab links it
	line        int
	outcome     outcome
	message     string
	text        string
}

type outcome string

const (
	passed  outcome = ""
	failed  outcome = "failure"
	skipped outcome = "skipped"
	errored outcome = "error"
)

func suitesOf(d *report.Document, o report.Options, paths *report.Paths) []suite {
	var suites []suite
	rules, sees := rulesOf(d, o), report.NewView(d)
	for _, org := range d.Parts() {
		s := suite{name: cmp.Or(org.Name, "bundles"), org: org}
		byCase := map[[2]string][]*finding.Finding{}
		classes := map[string]bool{}
		for i := range d.Findings {
			if f := &d.Findings[i]; f.Organization == org.Name {
				class := className(f.Kind, f.Name)
				classes[class] = true
				byCase[[2]string{class, f.RuleID}] = append(byCase[[2]string{class, f.RuleID}], f)
			}
		}
		for _, e := range d.Inventory {
			if e.Organization == org.Name && d.Reported(&e) {
				classes[className(e.Kind, e.Name)] = true
			}
		}
		for _, class := range sortedKeys(classes) {
			for _, r := range rules {
				c := testOf(d, class, r, byCase[[2]string{class, r.ID}], paths)
				if why := sees.BlindToRule(&org, r.ID); why != "" && c.outcome == passed {
					c.outcome, c.message = skipped, "not shown: "+why
				}
				s.cases = append(s.cases, c)
			}
		}
		for _, p := range d.Problems {
			if p.Organization == org.Name {
				c := problemCase(org.Name, p)
				c.file, c.line = paths.Problem(p), p.Line
				s.cases = append(s.cases, c)
			}
		}
		for _, p := range d.Notices {
			if p.Organization == org.Name {
				s.notices = append(s.notices, p)
			}
		}
		suites = append(suites, s)
	}
	return suites
}

// rulesOf are the rules that ran: those the report names, else those given, and those that findings name.
func rulesOf(d *report.Document, o report.Options) []*finding.Rule {
	var all []*finding.Rule
	add := func(id, name string) {
		if !slices.ContainsFunc(all, func(r *finding.Rule) bool { return r.ID == id }) {
			all = append(all, &finding.Rule{ID: id, Name: name})
		}
	}
	for _, r := range o.Rules {
		if d.Rules == nil || slices.Contains(d.Rules, r.ID) {
			add(r.ID, r.Name)
		}
	}
	for _, f := range d.Findings {
		add(f.RuleID, f.RuleName)
	}
	for _, id := range d.Rules {
		add(id, "")
	}
	slices.SortFunc(all, func(a, b *finding.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func className(kind apigee.Kind, name string) string { return string(kind) + "/" + name }

// testOf is the outcome of a rule for a bundle: one failure, whatever the number of findings, because readers count
// one.
func testOf(d *report.Document, class string, r *finding.Rule, findings []*finding.Finding, paths *report.Paths) testCase {
	c := testCase{class: class, name: strings.TrimSpace(r.ID + " " + r.Name)}
	var failing, rest []*finding.Finding
	for _, f := range findings {
		if f.Status == finding.StatusNew {
			failing = append(failing, f)
		} else {
			rest = append(rest, f)
		}
	}
	switch {
	case len(failing) > 0:
		c.outcome, c.message = failed, failing[0].Message
		if n := len(failing) - 1; n > 0 {
			c.message += fmt.Sprintf(" And %s.", text.Count(n, "more finding"))
		}
	case len(rest) > 0:
		c.outcome, c.message = skipped, report.KnownFrom(d)+": "+rest[0].Message
		if s := rest[0].Suppression; s != nil {
			c.message = report.SuppressionText(s)
		}
	}
	var texts []string
	for i, f := range append(failing, rest...) {
		if i == 0 {
			c.file, c.line = paths.Finding(f), f.Line
		}
		texts = append(texts, table.Detail(f, &report.Document{}, report.Options{}))
	}
	c.text = strings.Join(texts, "\n")
	return c
}

func problemCase(org string, p apigee.Problem) testCase {
	c := testCase{class: cmp.Or(org, "bundles"), name: p.Operation, outcome: errored, message: p.Error}
	if p.Name != "" {
		c.class = className(p.Kind, p.Name)
	}
	c.text = p.Subject() + ": " + p.Operation + ": " + p.Error
	if p.Environment != "" {
		c.name += " in " + p.Environment
	}
	return c
}
