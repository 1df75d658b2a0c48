package report

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// writeHTML writes the report as one self-contained page for people. It is whole without JavaScript, loads nothing, and
// shows names and values of organizations as text only: html/template escapes them, [text.Sanitize] makes invisible and
// bidirectional characters visible before, and the page's own policy refuses any script but ours.
func writeHTML(w io.Writer, d *Document, o Options) error {
	t, err := htmlTemplate()
	if err != nil {
		return err
	}
	p, err := newHTMLPage(d, o)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// htmlPage is everything the template shows. All text in it is sanitised.
type htmlPage struct {
	Policy string
	Style  template.CSS
	Script template.JS

	Title, Tool, Heading, When, Made string
	Complete                         bool
	Change                           string // what would be deployed, "" for the organization as it is
	Fixed                            []htmlFinding
	FixedTitle                       string
	Verdict, Standing, Coverage      string
	Scope                            string   // what narrows the audit, "" for nothing
	Request                          string   // who asked, and how
	Unlooked                         []string // what nobody asked for
	Audited, Revisions               int
	Counted                          string // what is counted: revisions or bundles
	Severities                       []htmlSeverity
	ByRule                           []htmlRuleCount
	Findings                         []htmlOrganization
	Choices                          []htmlChoice
	Matrices                         []htmlMatrix
	Stored                           []htmlStored
	Organizations                    []htmlCoverage
	Problems, Notices                []htmlProblem
	Inventory                        []htmlRevision
	InventoryTitle, InventoryPlaces  string
	Catalogues                       []htmlCatalogue
	Rules                            []htmlRule
}

type htmlSeverity struct {
	Name   string
	Count  int
	Shown  bool // some finding has it, a suppressed one too
	Hidden bool // the scope leaves it out
}

func newHTMLPage(d *Document, o Options) (*htmlPage, error) {
	style, script, err := htmlAssets()
	if err != nil {
		return nil, err
	}
	p := &htmlPage{
		Policy: contentPolicy(style, script), Style: template.CSS(style), Script: template.JS(script),
		Title: foundLine(d) + " · apigee-audit", Tool: strings.TrimSpace(d.Tool.Name + " " + d.Tool.Version), Heading: htmlHeading(d), When: htmlTimes(d),
		Complete: d.Complete, Verdict: foundLine(d), Coverage: coverageLine(d),
		Made: fmt.Sprintf("Made by %s from report schema %d.", strings.TrimSpace(d.Tool.Name+" "+d.Tool.Version), d.SchemaVersion),
	}
	p.Standing, p.Scope, p.Request, p.Unlooked = standing(d), scopeText(d), request(d), unlooked(d)
	p.Counted = "revisions"
	for _, org := range d.Organizations {
		p.Audited, p.Revisions = p.Audited+org.Audited, p.Revisions+org.Revisions
		if org.Offline {
			p.Counted = "bundles"
		}
		p.Organizations = append(p.Organizations, htmlCoverageOf(org))
	}
	for _, c := range []struct {
		severity audit.Severity
		count    int
	}{{audit.High, d.Summary.Findings.High}, {audit.Medium, d.Summary.Findings.Medium}, {audit.Low, d.Summary.Findings.Low}, {audit.Info, d.Summary.Findings.Info}} {
		shown := slices.ContainsFunc(d.Findings, func(f audit.Finding) bool { return f.Severity == c.severity })
		p.Severities = append(p.Severities, htmlSeverity{c.severity.String(), c.count, shown, slices.Contains(d.Summary.NotShown, c.severity)})
	}
	ids := newHTMLIDs(o.Rules)
	p.ByRule = htmlByRule(d, ids, o.Rules)
	p.Findings = htmlFindings(d, o, ids)
	p.Change, p.FixedTitle = changeText(d), fixedTitle(d)
	p.Fixed = htmlFixed(d, o, ids)
	p.Choices = htmlChoices(d)
	p.Matrices = htmlMatrices(d, ids)
	p.Stored = htmlStoredTokens(d, ids)
	p.Problems, p.Notices = htmlProblems(d, d.Problems), htmlProblems(d, d.Notices)
	p.Inventory = htmlInventory(d)
	p.InventoryTitle, p.InventoryPlaces = text.Count(len(p.Inventory), "revision"), "Environments"
	if slices.ContainsFunc(d.Inventory, func(e audit.Evidence) bool { return len(e.Sources) > 0 }) {
		p.InventoryPlaces = "Environments or paths"
	}
	p.Catalogues = htmlCatalogues(d, o.Rules, ids)
	if p.Rules, err = htmlRules(d, o.Rules, ids); err != nil {
		return nil, err
	}
	return p, nil
}

// htmlHeading names what was audited; more than a few organizations are counted.
func htmlHeading(d *Document) string {
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

// htmlTimes says when the audit ran, "" when the report does not.
func htmlTimes(d *Document) string {
	if d.StartedAt.IsZero() {
		return ""
	}
	when := "Audited " + d.StartedAt.UTC().Format("2 January 2006, 15:04 UTC")
	if took := d.FinishedAt.Sub(d.StartedAt).Round(time.Second); took > 0 {
		when += ", in " + took.String()
	}
	return when + "."
}

type htmlCoverage struct {
	Name, Platform, Environments    string
	Deployments, Revisions, Audited int
	Short                           bool // less was audited than there is
}

func htmlCoverageOf(o Organization) htmlCoverage {
	c := htmlCoverage{
		Name: o.Name, Platform: o.Platform.Traits().Title, Environments: strings.Join(o.Environments, ", "),
		Deployments: o.Deployments, Revisions: o.Revisions, Audited: o.Audited, Short: o.Audited < o.Revisions,
	}
	if o.Offline {
		c.Name, c.Environments = cmp.Or(c.Name, "bundles from disk"), ""
		c.Platform += ", from disk"
	}
	return c
}

type htmlProblem struct{ Subject, Operation, Error string }

func htmlProblems(d *Document, problems []apigee.Problem) []htmlProblem {
	several := len(d.Subjects()) > 1
	var out []htmlProblem
	for _, p := range problems {
		subject := p.Subject()
		if p.Environment != "" && p.Name != "" {
			subject += " in " + p.Environment
		}
		if several && p.Organization != "" && (p.Name != "" || p.Environment != "" || len(p.Subjects) > 0) {
			subject = "organization " + p.Organization + ", " + subject
		}
		out = append(out, htmlProblem{subject, p.Operation, p.Error})
	}
	return out
}
