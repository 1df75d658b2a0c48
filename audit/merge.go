package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// merge turns diagnostics into findings: the same rule at the same anchor of the same bundle is one finding with all
// its deployments. Where revisions differ, the most severe and newest one speaks. Bundles on disk of which nobody knows the
// revision are places that somebody works on, and each has its own.
func merge(org apigee.Organization, found []*diagnostic) []Finding {
	groups := map[string][]*diagnostic{}
	var keys []string
	for _, d := range found {
		r := d.Policy.Unit.Revision
		if r.Number != "" {
			r.Root = ""
		}
		k := strings.Join([]string{d.rule.ID, string(r.Kind), r.Name, r.Root, d.Policy.File, d.anchor()}, "\x00")
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], d)
	}
	var out []Finding
	for _, k := range keys {
		out = append(out, finding(org, groups[k]))
	}
	slices.SortStableFunc(out, compareFindings)
	number(out)
	return out
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), apigee.CompareRoots(a.Source, b.Source),
		cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.RuleID, b.RuleID),
		cmp.Compare(a.Anchor, b.Anchor),
	)
}

func finding(org apigee.Organization, group []*diagnostic) Finding {
	slices.SortStableFunc(group, func(a, b *diagnostic) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Confidence, a.Confidence),
			compareNumbers(b.Policy.Unit.Revision.Number, a.Policy.Unit.Revision.Number),
			apigee.CompareRoots(a.Policy.Unit.Root, b.Policy.Unit.Root))
	})
	d := group[0]
	f := Finding{
		RuleID: d.rule.ID, RuleName: d.rule.Name, Severity: d.Severity, Confidence: d.Confidence,
		Message: d.Message, Remediation: d.Remediation, Searched: d.Searched,
		Organization: org.Name, Kind: d.Policy.Unit.Revision.Kind, Name: d.Policy.Unit.Revision.Name, Source: d.Policy.Unit.Root,
		Place: place(d.Policy.File, d.Span), Excerpt: d.Policy.excerpt(d.Span), Path: d.Path, Related: d.Related, Anchor: d.anchor(), Status: StatusNew,
	}
	for _, other := range group {
		f.Deployments = append(f.Deployments, other.Deployments...)
	}
	slices.SortFunc(f.Deployments, compareDeployed)
	f.Deployments = slices.Compact(f.Deployments)
	f.Fingerprint = fingerprint(f)
	return f
}

func compareDeployed(a, b Deployed) int {
	return cmp.Or(cmp.Compare(a.Environment, b.Environment), compareNumbers(a.Revision, b.Revision), apigee.CompareRoots(a.Source, b.Source))
}

// fingerprint identifies a finding across audits. It leaves out revision, line, environment and message, so that a
// redeploy or a reformat keeps it.
func fingerprint(f Finding) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"v1", f.RuleID, string(f.Kind), f.Name, f.File, f.Anchor}, "|")))
	return hex.EncodeToString(sum[:8])
}

// number tells apart findings with the same fingerprint (two copies of a bundle in one scan): the second gets ":2".
func number(findings []Finding) {
	seen := map[string]int{}
	for i := range findings {
		fp := findings[i].Fingerprint
		if seen[fp]++; seen[fp] > 1 {
			findings[i].Fingerprint = fmt.Sprintf("%s:%d", fp, seen[fp])
		}
	}
}
