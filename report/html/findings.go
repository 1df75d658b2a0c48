package html

import (
	"cmp"
	"encoding/json"
	"iter"
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
	Acceptance                                 []term   // why it is accepted, by whom and until when
	Unseen                                     string   // why an earlier finding was not looked at
	Organization, Environments, Status         string   // what the filter asks for; Environments is a JSON array
	Deployed, At, Also, Fingerprint            string
	Age                                        string // how long it has been there
	Console                                    string // the address of the revision
	Snippets                                   []snippet
	Fixes                                      []fix
	NoFix                                      string
	Excerpt                                    *excerpt
	PathTitle                                  string
	Path, Related                              []node
	Other                                      *counterpart // the other side of a change
	Evidence                                   []string     // what the organization's own records say

	environments []string
}

// term is a word and what it stands for here.
type term struct{ Label, Text string }

// acceptanceOf says why a finding is accepted; nil where it is not.
func acceptanceOf(f *finding.Finding) []term {
	s := f.Suppression
	if s == nil {
		return nil
	}
	until, where := "without an end", "the configuration"
	if s.Expires != "" {
		until = s.Expires
	}
	if s.Source == finding.FromPolicy {
		where = "a comment in the policy"
	}
	all := []term{{"Reason", s.Reason}, {"Owner", s.Owner}, {"Ticket", s.Ticket}, {"Until", until}, {"Accepted in", where}}
	return slices.DeleteFunc(all, func(t term) bool { return t.Text == "" })
}

// snippet is XML to paste.
type snippet struct{ At, XML string }

// byOrganization groups findings by organization and bundle, those with the worst findings first.
func byOrganization(findings []finding.Finding, d *report.Document, ids *anchors, newCard func(*finding.Finding) card) []organization {
	byBundle := map[bundleKey]*bundle{}
	inOrganization := map[string][]*bundle{}
	counts := map[string]int{}
	var names []string
	for i := range findings {
		f := &findings[i]
		key := bundleKey{f.Organization, f.Kind, f.Name}
		b := byBundle[key]
		if b == nil {
			b = &bundle{ID: ids.bundle(key), Name: f.Name, Kind: f.Kind.Noun(), worst: f.Severity}
			byBundle[key] = b
			ids.noteBundle(key, b.ID, f.Status)
			inOrganization[f.Organization] = append(inOrganization[f.Organization], b)
		}
		b.worst = max(b.worst, f.Severity)
		b.Findings = append(b.Findings, newCard(f))
		if counts[f.Organization]++; counts[f.Organization] == 1 {
			names = append(names, f.Organization)
		}
	}
	var out []organization
	for _, name := range names {
		bundles := inOrganization[name]
		slices.SortStableFunc(bundles, func(a, b *bundle) int { return cmp.Compare(b.worst, a.worst) })
		out = append(out, organization{
			ID: ids.organization("org", name), Title: report.OrganizationTitle(name), Count: text.Count(counts[name], "finding"), Bundles: bundles, worst: bundles[0].worst,
		})
	}
	slices.SortStableFunc(out, func(a, b organization) int { return cmp.Compare(b.worst, a.worst) })
	return out
}

func newCard(f *finding.Finding, status finding.Status, d *report.Document, o report.Options, ids *anchors) card {
	h := card{
		ID: ids.finding(f), Severity: f.Severity.String(), RuleID: f.RuleID, RuleName: f.RuleName, Rule: ids.rule(f.RuleID),
		Evidence: evidenceOf(f), Age: report.AgeText(d, f),
		Message: f.Message, Remediation: f.Remediation, Searched: f.Searched, Confidence: f.Confidence.String(),
		Organization: f.Organization, Status: statusWord(status),
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
	h.Acceptance = acceptanceOf(f)
	if report.IsDeployed(f) {
		h.Deployed = report.DeployedIn(f.Deployments)
	}
	h.Console = d.ConsoleURL(f)
	if f.Confidence < finding.HighConfidence {
		h.Marks = append(h.Marks, f.Confidence.String()+" confidence")
	}
	if status != finding.StatusNew {
		h.Marks = append(h.Marks, h.Status)
	}
	h.environments = report.EnvironmentsOf(f)
	environments, _ := json.Marshal(h.environments) // strings always marshal
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

// choice is a filter by one property of findings.
type choice struct {
	Key, Label, All string
	Values          []string
}

// choicesOf are the filters that have more than one option.
func choicesOf(lists []list) []choice {
	all := []choice{
		{Key: "rule", Label: "Rule", All: "All rules"},
		{Key: "organization", Label: "Organization", All: "All organizations"},
		{Key: "environment", Label: "Environment", All: "All environments"},
		{Key: "status", Label: "Status", All: "Any status"},
	}
	for c := range cards(lists) {
		all[0].Values = append(all[0].Values, c.RuleID)
		all[1].Values = append(all[1].Values, c.Organization)
		all[2].Values = append(all[2].Values, c.environments...)
		all[3].Values = append(all[3].Values, c.Status)
	}
	for i := range all {
		slices.Sort(all[i].Values)
		all[i].Values = slices.Compact(all[i].Values)
	}
	return slices.DeleteFunc(all, func(c choice) bool { return len(c.Values) < 2 })
}

// cards are all findings on the page, in all lists.
func cards(lists []list) iter.Seq[*card] {
	return func(yield func(*card) bool) {
		for _, l := range lists {
			for _, org := range l.Organizations {
				for _, b := range org.Bundles {
					for i := range b.Findings {
						if !yield(&b.Findings[i]) {
							return
						}
					}
				}
			}
		}
	}
}
