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

// merge turns diagnostics into findings, sorted.
func merge(org apigee.Organization, found []*diagnostic) []merged {
	all := make([]merged, len(found))
	paths := map[*flow.Site][]finding.Hop{} // often of several findings
	for i, d := range found {
		f := findingOf(org, d)
		if d.Site != nil {
			if paths[d.Site] == nil {
				paths[d.Site] = d.Site.Path()
			}
			f.Path = paths[d.Site]
		}
		all[i] = merged{&f, d.Policy.Program.Bundle()}
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

func findingOf(org apigee.Organization, d *diagnostic) finding.Finding {
	f := finding.Finding{
		RuleID: d.rule.ID, RuleName: d.rule.Name, Severity: d.severity, Confidence: d.Confidence,
		Message: d.Message.Named, Gist: d.Message.Gist, Remediation: d.Remediation, Snippets: d.Snippets, Searched: d.Searched,
		Organization: org.Name, Kind: d.Policy.Program.Revision.Kind, Name: d.Policy.Program.Revision.Name, Policy: d.Policy.Name, Source: d.Policy.Program.Revision.Root,
		Place: flow.Place(d.Policy.File, d.Span), Excerpt: d.Policy.Excerpt(d.Span), Related: d.Related, Cause: d.Cause, Anchor: d.anchor(), Status: finding.StatusNew,
		Deployments: slices.Clone(d.Deployments),
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
