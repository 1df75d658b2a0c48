// Package rules holds the catalogue: one small file, one page and one fixture for each rule.
package rules

import (
	"embed"
	"strings"

	"apigee-audit/audit"
)

//go:embed pages/*.md
var pages embed.FS

// All returns the rules in the order of their IDs. Each call returns new values.
func All() []*audit.Rule {
	all := []*audit.Rule{
		rt101(), rt102(), rt103(), rt104(), rt105(), rt106(), rt107(), rt108(), rt109(), rt110(),
		rt201(), rt202(), rt203(), rt204(), rt205(),
		rt301(), rt302(), rt303(),
		rt401(), rt402(), rt403(), rt404(),
		rt501(), rt502(), rt503(),
	}
	for _, r := range all {
		r.Standards = append(weaknesses(r.CWE), r.Standards...)
		page, err := pages.ReadFile("pages/" + strings.ToLower(r.ID) + ".md")
		if err == nil { // a test makes sure that every rule has its page
			r.Page = string(page)
		}
	}
	return all
}
