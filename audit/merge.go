package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
)

// merge turns diagnostics into findings: the same rule at the same anchor of the same bundle is one finding with all
// its deployments. Where revisions differ, the surest and newest one speaks. Bundles on disk of which nobody knows the
// revision are places that somebody works on, and each has its own.
func merge(org apigee.Organization, found []*diagnostic) []merged {
	groups := map[string][]*diagnostic{}
	var keys []string
	for _, d := range found {
		bundle := d.Policy.Program.Bundle()
		k := strings.Join([]string{d.rule.ID, string(bundle.Kind), bundle.Name, bundle.Root, d.Policy.File, d.anchor()}, "\x00")
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], d)
	}
	all := make([]merged, len(keys))
	for i, k := range keys {
		f := findingOf(org, groups[k])
		all[i] = merged{&f, groups[k][0].Policy.Program.Bundle()}
	}
	slices.SortStableFunc(all, func(a, b merged) int { return finding.Compare(*a.Finding, *b.Finding) })
	return all
}

// withNumbers are the findings as reports have them.
func withNumbers(all []merged) []finding.Finding {
	out, own := make([]finding.Finding, len(all)), make([]merged, len(all))
	for i, m := range all {
		out[i] = *m.Finding
		own[i] = merged{&out[i], m.bundle}
	}
	number(own)
	return out
}

// merged is a finding with the bundle that has it. The finding is not to be changed: what is supposed of an organization has most
// of those that the organization has.
type merged struct {
	*finding.Finding
	bundle flow.BundleID
}

func findingOf(org apigee.Organization, group []*diagnostic) finding.Finding {
	slices.SortStableFunc(group, func(a, b *diagnostic) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence),
			flow.CompareAge(b.Policy.Program, a.Policy.Program),
			apigee.CompareRoots(a.Policy.Program.Revision.Root, b.Policy.Program.Revision.Root))
	})
	d := group[0]
	f := finding.Finding{
		RuleID: d.rule.ID, RuleName: d.rule.Name, Severity: d.severity, Confidence: d.Confidence,
		Message: d.Message.Named, Gist: d.Message.Gist, Remediation: d.Remediation, Snippets: d.Snippets, Searched: d.Searched,
		Organization: org.Name, Kind: d.Policy.Program.Revision.Kind, Name: d.Policy.Program.Revision.Name, Policy: d.Policy.Name, Source: d.Policy.Program.Revision.Root,
		Place: flow.Place(d.Policy.File, d.Span), Excerpt: d.Policy.Excerpt(d.Span), Path: d.Path, Related: d.Related, Cause: d.Cause, Anchor: d.anchor(), Status: finding.StatusNew,
	}
	for _, other := range group {
		f.Deployments = append(f.Deployments, other.Deployments...)
	}
	slices.SortFunc(f.Deployments, finding.CompareDeployed)
	f.Deployments = slices.Compact(f.Deployments)
	f.Fingerprint = fingerprint(d.rule, f)
	return f
}

// fingerprint identifies a finding across audits. It leaves out revision, line, environment and message, so that a
// redeploy or a reformat keeps it.
func fingerprint(r *Rule, f finding.Finding) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"v1", r.Lineage(), string(f.Kind), f.Name, f.File, f.Anchor}, "|")))
	return hex.EncodeToString(sum[:8])
}

// number tells apart findings with the same fingerprint. Of two copies of a bundle in one scan, the second gets ":2". Of
// rules that were one rule once, all but the first get their ID: ":RT110". Both depend on nothing but which findings there
// are, not on their order, so that they stay from audit to audit.
func number(findings []merged) {
	copies := map[string][]string{} // where the bundles of each fingerprint lie
	for _, f := range findings {
		if list := copies[f.Fingerprint]; !slices.Contains(list, f.bundle.Root) {
			copies[f.Fingerprint] = append(list, f.bundle.Root)
		}
	}
	for _, places := range copies {
		slices.SortFunc(places, func(a, b string) int { // what is known by its revision, wherever its files lie, comes last
			if (a == "") != (b == "") {
				return cmp.Compare(len(b), len(a))
			}
			return apigee.CompareRoots(a, b)
		})
	}
	first := map[string]string{} // the rule that keeps the bare fingerprint
	for i := range findings {
		f := &findings[i]
		if n := slices.Index(copies[f.Fingerprint], f.bundle.Root); n > 0 {
			f.Fingerprint = fmt.Sprintf("%s:%d", f.Fingerprint, n+1)
		}
		if rule, ok := first[f.Fingerprint]; !ok || f.RuleID < rule {
			first[f.Fingerprint] = f.RuleID
		}
	}
	for i := range findings {
		if f := &findings[i]; f.RuleID != first[f.Fingerprint] {
			f.SharedFingerprint = f.Fingerprint
			f.Fingerprint += ":" + f.RuleID
		}
	}
}
