package sarif

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/audit/finding"
	"apigee-audit/internal/text"
	"apigee-audit/report"
)

// maxFullDescription is GitHub's limit, in characters.
const maxFullDescription = 1024

// ruleDescriptors are the descriptors of all rules and where each stands among them.
type ruleDescriptors struct {
	descriptors []sarifDescriptor
	taxonomies  []sarifTaxonomy
	index       map[string]int
}

// newRuleDescriptors describes the rules that ran. A stored report may hold findings of rules that this program no longer
// has: those are described by what their findings say. The severity is that of the findings, where there are any, because
// readers take it from the rule, and configuration may have set another than the rule's own.
func newRuleDescriptors(rules []*finding.Rule, findings []finding.Finding) *ruleDescriptors {
	severities := map[string]finding.Severity{}
	all := slices.Clone(rules)
	for _, f := range findings {
		severities[f.RuleID] = max(severities[f.RuleID], f.Severity) // stored by earlier versions, they may differ
		if !slices.ContainsFunc(all, func(r *finding.Rule) bool { return r.ID == f.RuleID }) {
			all = append(all, &finding.Rule{ID: f.RuleID, Name: f.RuleName, Severity: f.Severity, Confidence: f.Confidence})
		}
	}
	for i, r := range all {
		if severity, found := severities[r.ID]; found && severity != r.Severity {
			rated := *r
			rated.Severity = severity
			all[i] = &rated
		}
	}
	slices.SortStableFunc(all, func(a, b *finding.Rule) int { return cmp.Compare(a.ID, b.ID) })
	s := &ruleDescriptors{descriptors: []sarifDescriptor{}, taxonomies: taxonomiesOf(all), index: map[string]int{}}
	for i, r := range all {
		s.index[r.ID] = i
		d := ruleDescriptor(r)
		d.Relationships = relationships(r, s.taxonomies)
		s.descriptors = append(s.descriptors, d)
	}
	return s
}

func ruleDescriptor(r *finding.Rule) sarifDescriptor {
	summary := sentence(cmp.Or(r.Summary, strings.ReplaceAll(r.Name, "-", " ")))
	d := sarifDescriptor{
		ID: r.ID, Name: r.Name,
		ShortDescription: sarifMessage{summary},
		FullDescription:  sarifMessage{text.Shorten(cmp.Or(firstParagraph(r.Page), summary), maxFullDescription)},
		Help:             sarifHelp{Text: report.OwnText(cmp.Or(plainText(r.Page), text.Sanitize(summary))), Markdown: report.OwnText(r.Page)},
		Default:          sarifConfiguration{levelOf(r.Severity)},
		Properties: &sarifRuleBag{
			Tags: []string{}, Precision: precision(r.Confidence), SecuritySeverity: securitySeverity(r.Severity),
		},
	}
	if r.Severity > finding.Info { // information is not a security alert
		d.Properties.Tags = append(d.Properties.Tags, "security")
	}
	for _, n := range r.CWE {
		d.Properties.Tags = append(d.Properties.Tags, fmt.Sprintf("external/cwe/cwe-%d", n))
	}
	if len(r.References) > 0 {
		d.HelpURI = r.References[0].URL
	}
	return d
}

func precision(c finding.Confidence) string {
	if c == 0 {
		return ""
	}
	return c.String()
}

// securitySeverity places a severity in the middle of GitHub's bands (low below 4, medium below 7, high below 9), away
// from their borders. Info has none: GitHub makes a security alert of every score, and GitLab and DefectDojo take it before the
// level of a result.
func securitySeverity(s finding.Severity) string {
	switch s {
	case finding.High:
		return "8.0"
	case finding.Medium:
		return "5.5"
	case finding.Low:
		return "2.0"
	}
	return ""
}

// The places of the two kinds of notifications among their descriptors.
const (
	problemNotification = iota
	noticeNotification
)

func notificationDescriptors() []sarifDescriptor {
	return []sarifDescriptor{
		problemNotification: {
			ID: "APIGEE-PROBLEM", Name: "NotLookedAt",
			ShortDescription: sarifMessage{"Something could not be looked at."},
			FullDescription:  sarifMessage{"Something could not be looked at, so the audit is incomplete: there may be findings that it does not show."},
			Help:             sarifHelp{Text: "Follow the advice in the message, usually to grant a role or try again, and repeat the audit."},
			Default:          sarifConfiguration{"error"},
		},
		noticeNotification: {
			ID: "APIGEE-NOTICE", Name: "WorthKnowing",
			ShortDescription: sarifMessage{"Something in the organization deserves attention."},
			FullDescription:  sarifMessage{"The audit understood this part of the organization, and somebody should know about it. The audit is still complete."},
			Help:             sarifHelp{Text: "Read the message and decide whether the proxy or its deployment should change."},
			Default:          sarifConfiguration{"note"},
		},
	}
}
