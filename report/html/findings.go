package html

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

type organization struct {
	ID, Title, Count string
	Bundles          []*bundle
	worst            finding.Severity
}

type bundle struct {
	ID, Name, Kind string
	Findings       []card
	worst          finding.Severity
}

type card struct {
	ID, Severity, RuleID, RuleName, Rule       string
	Message, Remediation, Searched, Confidence string
	Marks                                      []string // what lowers its weight
	Accepted                                   bool
	Reason                                     string // why it is accepted
	Organization, Environments, Status         string // what the filter asks for; Environments is a JSON array
	Deployed, At, Also, Fingerprint            string
	Snippets                                   []snippet
	Fixes                                      []fix
	NoFix                                      string
	Excerpt                                    *excerpt
	PathTitle                                  string
	Path, Related                              []node
	Other                                      *counterpart // the other side of a change
	Evidence                                   []string     // what the organization's own records say
}

// snippet is XML to paste.
type snippet struct{ At, XML string }

// findingsByOrganization groups the findings by organization and bundle, those with the worst findings first.
func findingsByOrganization(d *report.Document, o report.Options, ids *anchors) []organization {
	byBundle := map[bundleKey]*bundle{}
	inOrganization := map[string][]*bundle{}
	counts := map[string]int{}
	for i := range d.Findings {
		f := &d.Findings[i]
		key := bundleKey{f.Organization, f.Kind, f.Name}
		b := byBundle[key]
		if b == nil {
			b = &bundle{ID: ids.unique("bundle-" + cmp.Or(slug(f.Name), "unnamed")), Name: f.Name, Kind: f.Kind.Noun(), worst: f.Severity}
			byBundle[key], ids.bundles[key] = b, b.ID
			inOrganization[f.Organization] = append(inOrganization[f.Organization], b)
		}
		b.worst = max(b.worst, f.Severity)
		b.Findings = append(b.Findings, newCard(f, d, o, ids))
		counts[f.Organization]++
	}
	var out []organization
	for _, org := range d.Subjects() {
		name := org.Name
		bundles := inOrganization[name]
		if len(bundles) == 0 {
			continue
		}
		slices.SortStableFunc(bundles, func(a, b *bundle) int { return cmp.Compare(b.worst, a.worst) })
		out = append(out, organization{
			ID: ids.unique("org-" + cmp.Or(slug(name), "disk")), Title: report.OrganizationTitle(name), Count: text.Count(counts[name], "finding"), Bundles: bundles,
			worst: bundles[0].worst,
		})
	}
	slices.SortStableFunc(out, func(a, b organization) int { return cmp.Compare(b.worst, a.worst) })
	return out
}

func newCard(f *finding.Finding, d *report.Document, o report.Options, ids *anchors) card {
	h := card{
		ID: ids.finding(f), Severity: f.Severity.String(), RuleID: f.RuleID, RuleName: f.RuleName, Rule: ids.rule(f.RuleID),
		Evidence: evidenceOf(f),
		Message:  f.Message, Remediation: f.Remediation, Searched: f.Searched, Confidence: f.Confidence.String(),
		Accepted: f.Status == finding.StatusSuppressed, Organization: f.Organization, Status: string(f.Status),
		At: report.WithPosition(report.FullPath(f, o.WorkingDirectory), f.Place), Fingerprint: f.Fingerprint, Also: strings.Join(report.Elsewhere(f), ", "),
		Excerpt: newExcerpt(f, o), PathTitle: "How a request gets there",
	}
	for i := range f.Snippets {
		h.Snippets = append(h.Snippets, snippet{report.SnippetPlace(&f.Snippets[i], f, o.WorkingDirectory), report.SnippetText(&f.Snippets[i])})
	}
	h.Fixes, h.NoFix = newFixes(f, o), f.NoFix
	h.Other = newCounterpart(d.Counterpart(f), f, o)
	if last := len(f.Path) - 1; last >= 0 && f.Path[last].File != f.File {
		h.PathTitle = "How the tokens are issued" // the finding is at something else
	}
	if a := f.Suppression; a != nil {
		h.Reason = a.Reason
		if terms := report.SuppressionTerms(a); terms != "" {
			h.Reason += " (" + terms + ")"
		}
	}
	if report.IsDeployed(f) {
		h.Deployed = report.DeployedIn(f.Deployments)
	}
	if f.Confidence < finding.HighConfidence {
		h.Marks = append(h.Marks, f.Confidence.String()+" confidence")
	}
	if f.Status != finding.StatusNew {
		h.Marks = append(h.Marks, h.Status)
	}
	environments, _ := json.Marshal(environmentsOf(f)) // strings always marshal
	h.Environments = string(environments)
	for _, hop := range f.Path {
		h.Path = append(h.Path, newNode(hop, f, o))
	}
	for _, hop := range f.Related {
		switch {
		case hop.Dead && len(f.Path) > 0: // what the path never comes to
			h.Path = append(h.Path, newNode(hop, f, o))
		case hop.Place == f.Place && report.SameBundle(hop, f), len(f.Path) > 0 && hop == f.Path[len(f.Path)-1]:
			// It is shown beside the list already.
		default:
			h.Related = append(h.Related, newNode(hop, f, o))
		}
	}
	return h
}

// environmentsOf are the distinct environments of a finding, sanitised.
func environmentsOf(f *finding.Finding) []string {
	out := []string{}
	for _, d := range f.Deployments {
		out = append(out, d.Environment)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// choice is a filter by one property of findings.
type choice struct {
	Key, Label, All string
	Values          []string
}

// choicesOf are the filters that have more than one option.
func choicesOf(d *report.Document) []choice {
	all := []choice{
		{Key: "rule", Label: "Rule", All: "All rules"},
		{Key: "organization", Label: "Organization", All: "All organizations"},
		{Key: "environment", Label: "Environment", All: "All environments"},
		{Key: "status", Label: "Status", All: "Any status"},
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		all[0].Values = append(all[0].Values, f.RuleID)
		all[1].Values = append(all[1].Values, f.Organization)
		all[2].Values = append(all[2].Values, environmentsOf(f)...)
		all[3].Values = append(all[3].Values, string(f.Status))
	}
	for i := range all {
		slices.Sort(all[i].Values)
		all[i].Values = slices.Compact(all[i].Values)
	}
	return slices.DeleteFunc(all, func(c choice) bool { return len(c.Values) < 2 })
}
