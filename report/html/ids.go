package html

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
)

// htmlIDs gives the parts of a page the names that links use: stable where a finding has a fingerprint, unique always.
type htmlIDs struct {
	rules   []*audit.Rule
	used    map[string]bool
	bundles map[htmlBundleKey]string // bundles with findings
}

// htmlBundleKey is one proxy or shared flow of one organization.
type htmlBundleKey struct {
	organization string
	kind         apigee.Kind
	name         string
}

func newHTMLIDs(rules []*audit.Rule) *htmlIDs {
	return &htmlIDs{rules: rules, used: map[string]bool{}, bundles: map[htmlBundleKey]string{}}
}

// rule is the name of a rule's page, "" when the page has none.
func (ids *htmlIDs) rule(id string) string {
	if !slices.ContainsFunc(ids.rules, func(r *audit.Rule) bool { return r.ID == id }) {
		return ""
	}
	return "rule-" + slug(id)
}

// finding names a finding by its fingerprint; the same fingerprint in another organization gets a number.
func (ids *htmlIDs) finding(f *audit.Finding) string { return ids.unique("f-" + slug(f.Fingerprint)) }

func (ids *htmlIDs) unique(id string) string {
	name := id
	for n := 2; ids.used[name]; n++ {
		name = fmt.Sprintf("%s-%d", id, n)
	}
	ids.used[name] = true
	return name
}

// slug keeps the characters that mean nothing in any of HTML, URLs and selectors.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}
