// Package html writes a report as one self-contained page.
package html

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// Write writes the report as one self-contained page for people. It is whole without JavaScript, loads nothing, and
// shows names and values of organizations as text only: html/template escapes them, [text.Sanitize] makes invisible and
// bidirectional characters visible before, and the page's own policy refuses any script but ours.
func Write(w io.Writer, d *report.Document, o report.Options) error {
	t, err := pageTemplate("template.html")
	if err != nil {
		return err
	}
	p, err := newPage(d, o)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// page is everything the template shows. All text in it is sanitised.
type page struct {
	Policy string
	Style  template.CSS
	Script template.JS

	Title, Tool, Heading, When, Made string
	Head                             []term
	Complete                         bool
	Change                           string // what would be deployed, "" for the organization as it is
	Verdict, Standing, Coverage      string
	Scope                            string   // what narrows the audit, "" for nothing
	Unlooked                         []string // what nobody asked for
	Audited, Revisions               int
	Counted                          string // what is counted: revisions or bundles
	Severities                       []severityCount
	ByRule                           []ruleCount
	Lists                            []list
	Filter                           bool // some finding is on the page
	Many                             bool // drawing all findings at once would take long
	Unread                           string
	Choices                          []choice
	Picture                          *drawing
	Matrices                         []matrix
	Stored                           []storedSection
	Organizations                    []coverage
	Problems, Notices                []problem
	Inventory                        []revision
	InventoryTitle, InventoryPlaces  string
	Catalogues                       []catalogue
	Rules                            []rulePage
}

type severityCount struct {
	Name   string
	Count  int
	Shown  bool // some finding on the page has it, also one that does not count
	Hidden bool // the scope leaves it out
}

// manyFindings is how many a browser lays out in a moment.
const manyFindings = 600

func newPage(d *report.Document, o report.Options) (*page, error) {
	style, script, err := assets()
	if err != nil {
		return nil, err
	}
	style += string(pageMargins(d))
	p := &page{
		Policy: contentPolicy(style, script), Style: template.CSS(style), Head: headOf(d, o), Script: template.JS(script),
		Title: report.FoundLine(d) + " · apigee-audit", Tool: madeBy(d.Tool), Heading: heading(d), When: times(d),
		Complete: d.Complete, Verdict: report.FoundLine(d), Coverage: report.CoverageLine(d),
		Made: fmt.Sprintf("Made by %s from report schema %d.", madeBy(d.Tool), d.SchemaVersion),
	}
	p.Standing, p.Scope, p.Unlooked = report.Standing(d), report.ScopeText(d), report.NotAskedFor(d)
	p.Counted = "revisions"
	for _, org := range d.Organizations {
		p.Audited, p.Revisions = p.Audited+org.Audited, p.Revisions+org.Revisions
		if org.Offline {
			p.Counted = "bundles"
		}
		p.Organizations = append(p.Organizations, coverageOf(org))
	}
	ids := newAnchors(o.Rules)
	p.Lists = listsOf(d, o, ids)
	listed, n := map[string]bool{}, 0
	for c := range cards(p.Lists) {
		listed[c.Severity] = true
		n++
	}
	p.Many = n > manyFindings
	if left := len(d.NotLookedAt); left > 0 {
		p.Unread = text.Count(left, "earlier finding") + " could not be compared."
	}
	for _, severity := range finding.Severities() {
		p.Severities = append(p.Severities, severityCount{severity.String(), d.Summary.Findings.Of(severity), listed[severity.String()], slices.Contains(d.Summary.NotShown, severity)})
	}
	p.Filter, p.Choices = len(listed) > 0, choicesOf(p.Lists)
	p.ByRule = countsByRule(d, ids, o.Rules)
	p.Change = report.ChangeText(d)
	p.Picture, p.Matrices = drawingOf(d, ids), matricesOf(d, ids)
	p.Stored = storedSections(d, ids)
	p.Problems, p.Notices = problemsOf(d, d.Problems), problemsOf(d, d.Notices)
	p.Inventory = inventoryOf(d)
	p.InventoryTitle, p.InventoryPlaces = text.Count(len(p.Inventory), "revision"), "Environments"
	if slices.ContainsFunc(d.Inventory, func(e finding.Evidence) bool { return len(e.Sources) > 0 }) {
		p.InventoryPlaces = "Environments or paths"
	}
	p.Catalogues = catalogues(d, o.Rules, ids)
	if p.Rules, err = rulePages(d, o.Rules, ids); err != nil {
		return nil, err
	}
	return p, nil
}

// heading names what was audited; more than a few organizations are counted.
func heading(d *report.Document) string {
	var names []string
	for _, org := range d.Subjects() {
		if org.Name != "" {
			names = append(names, org.Name)
		}
	}
	switch n := len(names); {
	case n == 0:
		return "Refresh tokens in bundles from disk"
	case n == 1:
		return "Refresh tokens in " + names[0]
	case n > 4:
		return fmt.Sprintf("Refresh tokens in %d organizations", n)
	default:
		return "Refresh tokens in " + text.List(names)
	}
}

// times says when the audit ran, "" when the report does not.
func times(d *report.Document) string {
	if d.StartedAt.IsZero() {
		return ""
	}
	when := "Audited " + d.StartedAt.UTC().Format(moment)
	if took := d.FinishedAt.Sub(d.StartedAt).Round(time.Second); took > 0 {
		when += ", in " + took.String()
	}
	return when + "."
}

type coverage struct {
	Name, Platform, Environments    string
	Deployments, Revisions, Audited int
	Short                           bool // less was audited than there is
}

func coverageOf(o report.Organization) coverage {
	c := coverage{
		Name: o.Name, Platform: o.Platform.Traits().Title, Environments: strings.Join(o.Environments, ", "),
		Deployments: o.Deployments, Revisions: o.Revisions, Audited: o.Audited, Short: o.Audited < o.Revisions,
	}
	if o.Offline {
		c.Name, c.Environments = cmp.Or(c.Name, "bundles from disk"), ""
		c.Platform += ", from disk"
	}
	return c
}

type problem struct{ Subject, Operation, Error string }

func problemsOf(d *report.Document, problems []apigee.Problem) []problem {
	several := len(d.Subjects()) > 1
	var out []problem
	for _, p := range problems {
		out = append(out, problem{report.ProblemSubject(p, several), p.Operation, p.Error})
	}
	return out
}
