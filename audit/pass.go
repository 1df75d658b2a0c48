package audit

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/xmltree"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/audit/records"
	"apigee-audit/internal/text"
)

// Pass is one rule's view of an organization.
type Pass struct {
	Facts *flow.Facts
	// Records are what the organization's own records add; nil when none were asked for.
	Records *records.Records
	// Verdicts are the core family's, by environment and bundle. Where there is a before ([flow.Facts.Again]), they are those on the
	// bundles in scope and on others on which they are other ones.
	Verdicts []*Verdict
	Settings finding.Settings
	rule     *Rule
	found    []*diagnostic
	known    map[sameFinding]int // indexes of found
	once     map[workOn]any
}

// Once calls work for some lists of verdicts, once for the same lists: bundles that are alike share theirs, which can be long. Works are
// distinguished by the type of what they return, which is not to be changed.
func Once[T any](p *Pass, lists [][]records.Candidate, work func([][]records.Candidate) T) T {
	var key strings.Builder
	for _, l := range lists {
		fmt.Fprintf(&key, "%p %d ", l, len(l))
	}
	of := workOn{reflect.TypeFor[T](), key.String()}
	known, ok := p.once[of].(T)
	if !ok {
		if p.once == nil {
			p.once = map[workOn]any{}
		}
		known = work(lists)
		p.once[of] = known
	}
	return known
}

// workOn is work that has one result, by its type, for some lists.
type workOn struct {
	result reflect.Type
	lists  string
}

// Diagnostic is what a rule says of one policy in one environment. The same from several environments and revisions is
// merged into one finding.
type Diagnostic struct {
	// Policy is where the finding points, in the bundle that it belongs to.
	Policy *flow.Policy
	// Element and Span narrow the place to an element below the policy's root: "RefreshTokenExpiresIn".
	Element string
	Span    xmltree.Span
	// Environments and their revisions that have it.
	Deployments []finding.Deployed

	Confidence  finding.Confidence // 0: the rule's
	Message     Words
	Remediation string
	Snippets    []finding.Snippet
	// Site is where the policy runs; the finding's proof is the way there. Nil for none.
	Site     *flow.Site
	Related  []finding.Hop
	Cause    *finding.Cause
	Searched string
}

type diagnostic struct {
	Diagnostic
	rule     *Rule
	severity finding.Severity
}

// sameFinding is what diagnostics of one rule have in common that are one finding: the anchor in a bundle. Bundles on disk of which
// nobody knows the revision are places that somebody works on, and each has its own.
type sameFinding struct {
	bundle                            flow.BundleID
	file, policyType, policy, element string
}

// Report hands in one diagnostic.
func (p *Pass) Report(d Diagnostic) {
	if d.Confidence == 0 {
		d.Confidence = p.rule.Confidence
	}
	if p.rule.NeedsWhole && d.Confidence > finding.MediumConfidence {
		unread := 0
		for _, problem := range p.Facts.Unread {
			unread += problem.Count()
		}
		switch {
		case unread > 0:
			d.Confidence = finding.MediumConfidence
			d.Message.Add("%s of the organization could not be read, so this may be wrong.", text.Count(unread, "part"))
		case p.Facts.Organization.Offline: // what else is deployed is not known, and the message says what was scanned
			d.Confidence = finding.MediumConfidence
		}
	}
	if o := d.Policy.OAuth; o != nil && o.OperationMissing && d.Confidence > finding.LowConfidence {
		var why string
		d.Confidence, why = o.Confidence()
		d.Message.Add("The policy may do something else: %s.", why)
	}
	if d.Span.Line == 0 {
		d.Span = d.Policy.Span
	}
	p.take(&diagnostic{Diagnostic: d, rule: p.rule, severity: p.Settings.SeverityOf(&p.rule.Rule)})
}

// take takes in a diagnostic. What is said of the same thing in several environments and revisions is one finding with all its
// deployments. Where revisions differ, the surest and newest one speaks. The others are not kept, because of most findings there
// are as many as there are environments.
func (p *Pass) take(d *diagnostic) {
	d.Deployments = slices.Clip(d.Deployments) // which rules may share
	at := sameFinding{d.Policy.Program.Bundle(), d.Policy.File, d.Policy.Type, d.Policy.Name, d.Element}
	i, known := p.known[at]
	if !known {
		if p.known == nil {
			p.known = map[sameFinding]int{}
		}
		p.known[at] = len(p.found)
		p.found = append(p.found, d)
		return
	}
	speaks, other := p.found[i], d
	if d.before(speaks) {
		speaks, other = d, speaks
	}
	speaks.Deployments = append(speaks.Deployments, other.Deployments...)
	p.found[i] = speaks
}

// before reports whether a diagnostic speaks for another one of the same finding that came before it.
func (d *diagnostic) before(other *diagnostic) bool {
	return cmp.Or(cmp.Compare(other.Confidence, d.Confidence),
		flow.CompareAge(other.Policy.Program, d.Policy.Program),
		apigee.CompareRoots(d.Policy.Program.Revision.Root, other.Policy.Program.Revision.Root)) < 0
}

// anchor names the element a finding stands on, independent of lines: "OAuthV2[Issue]/RefreshTokenExpiresIn".
func (d *diagnostic) anchor() string {
	a := d.Policy.Type + "[" + d.Policy.Name + "]"
	if d.Element != "" {
		a += "/" + d.Element
	}
	return a
}
