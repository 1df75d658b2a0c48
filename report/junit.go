package report

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// writeJUnit writes one suite for each organization with one test for each rule and bundle that was looked at, as CI
// systems show tests: findings fail, what is accepted or known from the baseline is skipped, problems are errors. The
// form is the one that Jenkins describes (junit-10.xsd of its xunit plugin), which the others read too.
func writeJUnit(w io.Writer, d *Document, o Options) error {
	suites := junitSuites(d, o)
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

func toolTitle(d *Document) string { return cmp.Or(d.Tool.Name, "apigee-audit") }

// junitSuite is one organization.
type junitSuite struct {
	name    string
	org     Organization
	cases   []junitCase
	notices []apigee.Problem
}

// junitCase is one rule and one bundle, or one problem.
type junitCase struct {
	class, name string
	outcome     junitOutcome
	message     string
	text        string
}

type junitOutcome string

const (
	junitPassed  junitOutcome = ""
	junitFailed  junitOutcome = "failure"
	junitSkipped junitOutcome = "skipped"
	junitError   junitOutcome = "error"
)

func junitSuites(d *Document, o Options) []junitSuite {
	var suites []junitSuite
	rules, sees := junitRules(d, o), newView(d)
	for _, org := range d.parts() {
		s := junitSuite{name: cmp.Or(org.Name, "bundles"), org: org}
		byCase := map[[2]string][]*audit.Finding{}
		classes := map[string]bool{}
		for i := range d.Findings {
			if f := &d.Findings[i]; f.Organization == org.Name {
				class := junitClass(f.Kind, f.Name)
				classes[class] = true
				byCase[[2]string{class, f.RuleID}] = append(byCase[[2]string{class, f.RuleID}], f)
			}
		}
		for _, e := range d.Inventory {
			if e.Organization == org.Name && d.reported(&e) {
				classes[junitClass(e.Kind, e.Name)] = true
			}
		}
		for _, class := range sortedKeys(classes) {
			for _, r := range rules {
				c := junitTest(d, class, r, byCase[[2]string{class, r.ID}])
				if why := sees.blindToRule(&org, r.ID); why != "" && c.outcome == junitPassed {
					c.outcome, c.message = junitSkipped, "not shown: "+why
				}
				s.cases = append(s.cases, c)
			}
		}
		for _, p := range d.Problems {
			if p.Organization == org.Name {
				s.cases = append(s.cases, junitProblem(org.Name, p))
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

// junitRules are the rules that ran: those the report names, else those given, and those that findings name.
func junitRules(d *Document, o Options) []*audit.Rule {
	var all []*audit.Rule
	add := func(id, name string) {
		if !slices.ContainsFunc(all, func(r *audit.Rule) bool { return r.ID == id }) {
			all = append(all, &audit.Rule{ID: id, Name: name})
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
	slices.SortFunc(all, func(a, b *audit.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func junitClass(kind apigee.Kind, name string) string { return string(kind) + "/" + name }

// junitTest is the outcome of a rule for a bundle: one failure, whatever the number of findings, because readers count
// one.
func junitTest(d *Document, class string, r *audit.Rule, findings []*audit.Finding) junitCase {
	c := junitCase{class: class, name: strings.TrimSpace(r.ID + " " + r.Name)}
	var failing, rest []*audit.Finding
	for _, f := range findings {
		if f.Status == audit.StatusNew {
			failing = append(failing, f)
		} else {
			rest = append(rest, f)
		}
	}
	switch {
	case len(failing) > 0:
		c.outcome, c.message = junitFailed, failing[0].Message
		if n := len(failing) - 1; n > 0 {
			c.message += fmt.Sprintf(" And %s.", text.Count(n, "more finding"))
		}
	case len(rest) > 0:
		c.outcome, c.message = junitSkipped, knownFrom(d)+": "+rest[0].Message
		if s := rest[0].Suppression; s != nil {
			c.message = accepted(s)
		}
	}
	var texts []string
	for _, f := range append(failing, rest...) {
		texts = append(texts, detail(f, &Document{}, Options{}))
	}
	c.text = strings.Join(texts, "\n")
	return c
}

func junitProblem(org string, p apigee.Problem) junitCase {
	c := junitCase{class: cmp.Or(org, "bundles"), name: p.Operation, outcome: junitError, message: p.Error}
	if p.Name != "" {
		c.class = junitClass(p.Kind, p.Name)
	}
	c.text = p.Subject() + ": " + p.Operation + ": " + p.Error
	if p.Environment != "" {
		c.name += " in " + p.Environment
	}
	return c
}
