package report

import (
	"cmp"
	"slices"

	"apigee-audit/audit/finding"
)

// Rule is a rule as the JSON report describes it: enough to read the findings without the program that made them.
type Rule struct {
	ID         string             `json:"id"`
	Name       string             `json:"name"`
	PartedFrom string             `json:"partedFrom,omitempty"` // the rule that it was part of once
	Severity   finding.Severity   `json:"severity"`             // by default; configuration may set another for all its findings
	Confidence finding.Confidence `json:"confidence"`           // usually
	Summary    string             `json:"summary"`
	CWE        []int              `json:"cwe"`
	References []Reference        `json:"references"`
	Standards  []Standard         `json:"standards"`
	// Inputs are what it judges by in addition to bundles; absent for most rules.
	Inputs []finding.Input `json:"inputs,omitempty"`
}

// Reference is a public document that a rule rests on.
type Reference struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Standard is an entry of a public catalogue that a rule bears on; Why is "" where the title says it.
type Standard struct {
	Catalogue string `json:"catalogue"` // with its version
	ID        string `json:"id"`
	Title     string `json:"title"`
	URL       string `json:"url"`
	Why       string `json:"why,omitempty"`
}

// Describe makes rules fit for JSON, in the same order.
func Describe(rules []*finding.Rule) []Rule {
	all := []Rule{}
	for _, r := range rules {
		d := Rule{
			ID: r.ID, Name: r.Name, PartedFrom: r.PartedFrom, Severity: r.Severity, Confidence: r.Confidence, Summary: r.Summary,
			CWE: present(slices.Clone(r.CWE)), References: []Reference{}, Standards: []Standard{}, Inputs: slices.Clone(r.Inputs),
		}
		for _, ref := range r.References {
			d.References = append(d.References, Reference(ref))
		}
		for _, s := range r.Standards {
			d.Standards = append(d.Standards, Standard{s.Catalogue.String(), s.ID, s.Title, s.URL, s.Why})
		}
		all = append(all, d)
	}
	return all
}

// catalogueOf joins what reports say of the rules. Where two versions of the program describe a rule differently, the
// first report wins: the description is for people, and no verdict depends on it.
func catalogueOf(stored []Stored) []Rule {
	var all []Rule
	for _, s := range stored {
		for _, r := range s.Catalogue {
			if !slices.ContainsFunc(all, func(have Rule) bool { return have.ID == r.ID }) {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
