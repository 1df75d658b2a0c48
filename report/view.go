package report

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// View answers questions about what a report would show.
type View struct {
	*Document
	leftOut map[identity]bool
}

// identity is what makes findings the same.
type identity struct{ organization, fingerprint string }

// NewView prepares the answers for a report, which it does not change and does not copy.
func NewView(d *Document) *View {
	v := &View{Document: d, leftOut: map[identity]bool{}}
	for _, l := range d.LeftOut {
		v.leftOut[identity{l.Organization, l.Fingerprint}] = true
		if l.SharedFingerprint != "" {
			v.leftOut[identity{l.Organization, l.SharedFingerprint}] = true
		}
	}
	return v
}

// BlindTo says why the report would not show a finding if it were still there; "" where it would: its organization,
// environments and bundle were looked at, its rule ran with what it needs, and nothing keeps it out of the report. asked is
// the scope of the audit that made the finding, nil if unknown.
//
// It is the one answer to this question: what is gone from a report is fixed only where it would be shown.
func (v *View) BlindTo(f *finding.Finding, asked *Scope) string {
	org := v.organization(f.Organization)
	if org == nil {
		return notAudited
	}
	if why := v.BlindToRule(org, f.RuleID); why != "" {
		return why
	}
	if why := incomparable(v.inputs(f.RuleID), asked, v.scopeOf(org)); why != "" {
		return why
	}
	if why := v.keptOut(org, f); why != "" {
		return why
	}
	return v.unseen(org, f)
}

// BlindToOrganization says why the report shows nothing of an organization, whatever is there; "" where some of it was looked at.
func (v *View) BlindToOrganization(name string) string {
	org := v.organization(name)
	switch {
	case org == nil:
		return notAudited
	case org.Audited == 0 && slices.ContainsFunc(v.Problems, func(p apigee.Problem) bool { return p.Organization == name }):
		return "nothing of it could be read"
	}
	return ""
}

// notAudited is said of an organization that is not in the report.
const notAudited = "the organization was not audited"

// BlindToRule says why the report would show no finding of a rule in an organization, whatever is there; "" where it would.
func (v *View) BlindToRule(org *Organization, rule string) string {
	s := v.scopeOf(org)
	ran := v.Rules
	if org.Rules != nil {
		ran = org.Rules
	}
	switch {
	case ran != nil && !slices.Contains(ran, rule), s != nil && len(s.Rules) > 0 && !slices.Contains(s.Rules, rule):
		return "the rule did not run"
	case s == nil:
		return ""
	}
	if why := v.lacksRecords(org, rule); why != "" {
		return why
	}
	if severity := v.severity(s, rule); severity > 0 && severity < s.MinSeverity {
		return "findings below severity " + s.MinSeverity.String() + " are left out"
	}
	return ""
}

// BlindSomewhere reports whether findings of a rule would not be shown in some organization.
func (v *View) BlindSomewhere(rule string) bool {
	return slices.ContainsFunc(v.Organizations, func(o Organization) bool { return v.BlindToRule(&o, rule) != "" })
}

// lacksRecords says which records a rule needs that were not asked for in an organization; "" where none is missing.
func (v *View) lacksRecords(org *Organization, rule string) string {
	s := v.scopeOf(org)
	if s == nil {
		return ""
	}
	for _, input := range v.inputs(rule) {
		switch {
		case input == finding.InputTraffic && s.records().Traffic == 0:
			return "the rule needs --traffic"
		case input == finding.InputDebugMasks && !s.records().DebugMasks:
			return "the rule needs --debug-masks"
		}
	}
	return ""
}

// SeverityIn is what the findings of a rule count as in an organization, 0 where nobody knows.
func (v *View) SeverityIn(org *Organization, rule string) finding.Severity {
	s := v.scopeOf(org)
	if s == nil {
		s = &Scope{}
	}
	return v.severity(s, rule)
}

// severity is what the findings of a rule count as under a scope, 0 where nobody knows.
func (v *View) severity(s *Scope, rule string) finding.Severity {
	for _, changed := range s.Severities {
		if changed.RuleID == rule {
			return changed.Severity
		}
	}
	for i := range v.Catalogue {
		if v.Catalogue[i].ID == rule {
			return v.Catalogue[i].Severity
		}
	}
	return 0
}

// inputs are what a rule judges by in addition to bundles.
func (v *View) inputs(rule string) []finding.Input {
	for i := range v.Catalogue {
		if v.Catalogue[i].ID == rule {
			return v.Catalogue[i].Inputs
		}
	}
	return nil
}

// incomparable says which input of a rule has changed, so that what is gone need not be fixed; "" if none has. Stricter
// bounds do not count: what was found under the wider bound would be found again.
func incomparable(inputs []finding.Input, before, now *Scope) string {
	if now == nil {
		return ""
	}
	for _, input := range inputs {
		switch input {
		case finding.InputProfile:
			if before.profile() != now.profile() {
				return "the profile changed"
			}
		case finding.InputMaxRefreshLifetime:
			if before.longest() < now.longest() {
				return "longer lifetimes are allowed"
			}
		case finding.InputTraffic:
			if before != nil && before.Records != nil && before.Records.Traffic < now.records().Traffic {
				return "the window of --traffic is longer"
			}
		case finding.InputReach:
			if before != nil && before.records().Reach != now.records().Reach {
				return "only one of the audits read API products"
			}
		}
	}
	return ""
}

// keptOut says why the scope keeps a finding out of the report; "" where it does not.
func (v *View) keptOut(org *Organization, f *finding.Finding) string {
	for _, fingerprint := range f.Fingerprints() {
		if v.leftOut[identity{f.Organization, fingerprint}] {
			return "the finding exists and is left out"
		}
	}
	s := v.scopeOf(org)
	if s == nil {
		return ""
	}
	severity := v.severity(s, f.RuleID)
	if severity == 0 {
		severity = f.Severity
	}
	shows := func(at finding.Deployed) bool { return s.reportsOn(at.Environment) }
	switch {
	case len(s.Statuses) > 0 && v.LeftOut == nil: // else it is known what was left out
		return "findings of other statuses are left out"
	case severity < s.MinSeverity:
		return "findings below severity " + s.MinSeverity.String() + " are left out"
	case f.Confidence < s.MinConfidence:
		return "findings below confidence " + s.MinConfidence.String() + " are left out"
	case !finding.MatchesAny(s.Proxies, f.Name):
		return "other proxies and shared flows were asked for"
	case len(s.Environments) == 0:
		return ""
	// If it is known what was left out, a finding that is in none of the environments is gone from all of them.
	case v.LeftOut != nil && slices.ContainsFunc(f.Deployments, shows), v.LeftOut == nil && len(f.Deployments) > 0 && allOf(f.Deployments, shows):
		return ""
	}
	return "other environments were asked for"
}

// unseen says what kept the audit from seeing what a finding is about; "" where it saw everything.
func (v *View) unseen(org *Organization, f *finding.Finding) string {
	known := false
	for _, all := range v.Problems {
		if all.Organization != f.Organization {
			continue
		}
		known = true
		for p := range all.Each() {
			if mayHide(p, f) {
				return "part of it could not be read"
			}
		}
	}
	switch {
	case !known && org.Audited < org.Revisions:
		return "not everything was audited"
	case org.Offline: // what was not given may be elsewhere
		if !slices.ContainsFunc(v.Inventory, func(e finding.Evidence) bool {
			return e.Organization == f.Organization && e.Kind == f.Kind && e.Name == f.Name
		}) {
			return "the bundle was not given"
		}
	case slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool { return !slices.Contains(org.Environments, at.Environment) }):
		return "an environment was not audited"
	}
	return ""
}

// mayHide reports whether a problem may hide a finding: it is about the organization as a whole, about one of the finding's
// environments, or about a bundle that the finding's proof leads through.
func mayHide(p apigee.Problem, f *finding.Finding) bool {
	about := func(h finding.Hop) bool { return p.Kind == h.Kind && p.Name == h.Name }
	if p.Name != "" && !(p.Kind == f.Kind && p.Name == f.Name) && !slices.ContainsFunc(f.Path, about) && !slices.ContainsFunc(f.Related, about) {
		return false
	}
	in := p.In()
	return len(in) == 0 || len(f.Deployments) == 0 || slices.ContainsFunc(f.Deployments, func(at finding.Deployed) bool { return slices.Contains(in, at.Environment) })
}

// organization finds what the report says of an organization, nil where it was not audited.
func (d *Document) organization(name string) *Organization {
	for i := range d.Organizations {
		if d.Organizations[i].Name == name {
			return &d.Organizations[i]
		}
	}
	return nil
}

// scopeOf is the scope of the audit of an organization; nil if unknown, which stands for everything.
func (d *Document) scopeOf(org *Organization) *Scope {
	if org.Scope != nil {
		return org.Scope
	}
	return d.Scope
}

func allOf[T any](all []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(all, func(x T) bool { return !holds(x) })
}
