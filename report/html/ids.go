package html

import (
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
)

// anchors gives the parts of a page the names that links use: stable where a finding has a fingerprint, unique always.
type anchors struct {
	rules   []*finding.Rule
	used    map[string]bool
	bundles map[bundleKey]string // bundles with findings
}

// bundleKey is one proxy or shared flow of one organization.
type bundleKey struct {
	organization string
	kind         apigee.Kind
	name         string
}

func newAnchors(rules []*finding.Rule) *anchors {
	return &anchors{rules: rules, used: map[string]bool{}, bundles: map[bundleKey]string{}}
}

// rule is the name of a rule's page, "" when the page has none.
func (ids *anchors) rule(id string) string {
	if !slices.ContainsFunc(ids.rules, func(r *finding.Rule) bool { return r.ID == id }) {
		return ""
	}
	return "rule-" + slug(id)
}

// finding names a finding by its fingerprint; the same fingerprint in another organization gets a number.
func (ids *anchors) finding(f *finding.Finding) string { return ids.unique("f-" + slug(f.Fingerprint)) }

func (ids *anchors) unique(id string) string {
	name := id
	for n := 2; ids.used[name]; n++ {
		name = fmt.Sprintf("%s-%d", id, n)
	}
	ids.used[name] = true
	return name
}

// slug keeps the characters that have no special meaning in HTML, URLs or selectors.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}
