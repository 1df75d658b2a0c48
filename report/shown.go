package report

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
)

// What a report does not show is not reported as none: a severity that the scope leaves out, a bundle that nobody asked
// for, a rule that did not run.

// notShown are the severities that are left out in some organization, or that no requested rule has, highest first.
func (d *Document) notShown() []finding.Severity {
	lowest := finding.Severity(0)
	if d.Scope != nil {
		lowest = d.Scope.MinSeverity
	}
	for i := range d.Organizations {
		if s := d.Organizations[i].Scope; s != nil {
			lowest = max(lowest, s.MinSeverity)
		}
	}
	var out []finding.Severity
	for _, s := range finding.Severities() {
		if s < lowest || !d.ruleOf(s) {
			out = append(out, s)
		}
	}
	return out
}

// ruleOf reports whether some rule that ran has a severity. If all rules were requested, or none is described, it is
// assumed.
func (d *Document) ruleOf(severity finding.Severity) bool {
	if d.Scope == nil || len(d.Scope.Rules) == 0 || len(d.Catalogue) == 0 {
		return true
	}
	v := View{Document: d}
	return slices.ContainsFunc(d.Catalogue, func(r Rule) bool { return v.severity(d.Scope, r.ID) == severity })
}

// askedFor is what findings are about where there are none of them: " of severity high", "" for any.
func askedFor(d *Document) string {
	s := d.Scope
	if s == nil {
		return narrowedPart(d)
	}
	var text string
	switch {
	case s.MinSeverity == finding.High:
		text += " of severity high"
	case s.MinSeverity > finding.Info:
		text += " of severity " + s.MinSeverity.String() + " or higher"
	}
	switch {
	case s.MinConfidence == finding.HighConfidence:
		text += " of confidence high"
	case s.MinConfidence > finding.LowConfidence:
		text += " of confidence " + s.MinConfidence.String() + " or higher"
	}
	if len(s.Statuses) > 0 {
		var statuses []string
		for _, status := range s.Statuses {
			statuses = append(statuses, string(status))
		}
		text += " with status " + strings.Join(statuses, " or ")
	}
	if len(s.Rules) == 0 {
		return text
	}
	if len(s.Rules) > 3 {
		return text + fmt.Sprintf(" of %d rules", len(s.Rules))
	}
	return text + " of " + strings.Join(s.Rules, ", ")
}

// narrowedPart is for a merged report with some narrower parts.
func narrowedPart(d *Document) string {
	if slices.ContainsFunc(d.Organizations, func(o Organization) bool { return o.Scope.narrowed() }) {
		return " of what was asked for"
	}
	return ""
}

// Reported reports whether findings of a bundle in an environment would be in the report, as far as names go.
func (d *Document) Reported(e *finding.Evidence) bool {
	return d.ScopeOf(e.Organization).reportsOn(e.Environment) && d.namesInScope(e.Organization, e.Name)
}

// AskedFor reports whether the report is narrowed to proxies and shared flows by name, and this is one of them.
func (d *Document) AskedFor(organization, name string) bool {
	s := d.ScopeOf(organization)
	return s != nil && len(s.Proxies) > 0 && d.namesInScope(organization, name)
}

// namesInScope reports whether findings of a bundle with this name are reported.
func (d *Document) namesInScope(organization, name string) bool {
	s := d.ScopeOf(organization)
	return s == nil || finding.MatchesAny(s.Proxies, name)
}

// reportedEnvironments are those of an organization whose findings are reported.
func (d *Document) reportedEnvironments(org Organization) []string {
	s := d.scopeOf(&org)
	return only(org.Environments, s.reportsOn)
}

// NotAskedFor says what was not requested or could not be: the sentences of the scope, and the rules that lack what
// they need.
func NotAskedFor(d *Document) []string {
	all := narrowing(d)
	for i := range d.Organizations {
		if org := &d.Organizations[i]; org.Scope.narrowed() {
			all = append(all, OrganizationTitle(org.Name)+": "+strings.Join(org.Scope.narrowing(), " "))
		}
	}
	sees := NewView(d)
	var order []string
	rules := map[string][]string{}
	for _, r := range d.Catalogue {
		if len(r.Inputs) == 0 {
			continue
		}
		for i := range d.Organizations {
			why := sees.lacksRecords(&d.Organizations[i], r.ID)
			switch {
			case why == "" || slices.Contains(rules[why], r.ID):
			case rules[why] == nil:
				order = append(order, why)
				fallthrough
			default:
				rules[why] = append(rules[why], r.ID)
			}
		}
	}
	for _, why := range order {
		all = append(all, strings.Join(rules[why], ", ")+": "+why+", which was not requested.")
	}
	return all
}

// hiddenSeverities is "; low and info are not shown", "" where all are. In a merged report one organization can show what
// the audit of another left out: those are shown in part.
func hiddenSeverities(d *Document) string {
	var hidden, partly []string
	for _, s := range d.Summary.NotShown {
		if d.Summary.Findings.Of(s) > 0 {
			partly = append(partly, s.String())
		} else {
			hidden = append(hidden, s.String())
		}
	}
	switch {
	case len(hidden)+len(partly) == 0:
		return ""
	case len(partly) == 0:
		return "; " + text.List(hidden) + be(hidden) + "not shown"
	case len(hidden) == 0:
		return "; " + text.List(partly) + be(partly) + "shown only in part"
	}
	return "; " + text.List(hidden) + be(hidden) + "not shown, " + text.List(partly) + " only in part"
}

func be(subjects []string) string {
	if len(subjects) == 1 {
		return " is "
	}
	return " are "
}
