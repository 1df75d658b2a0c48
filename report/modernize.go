package report

import (
	"strings"

	"apigee-audit/audit/finding"
)

// modernize fills in fields that reports of older versions lack, where their other fields determine them exactly.
func (d *Document) modernize() {
	for _, list := range [][]finding.Finding{d.Findings, d.Fixed, d.NotLookedAt} {
		for i := range list {
			modernizeFinding(&list[i])
		}
	}
}

func modernizeFinding(f *finding.Finding) {
	if f.Policy != "" {
		return
	}
	f.Policy = anchoredPolicy(f.Anchor)
	// Where the field was missing, the first related place of this rule was what no request reaches.
	if f.RuleID == finding.RefreshUnreachable && len(f.Related) > 0 && f.Related[0].What == "" {
		f.Related[0].Dead = true
	}
}

// anchoredPolicy is the policy's name in an anchor: "OAuthV2[Issue]/Tokens/Token[refreshtoken]". A type holds no bracket and
// a name no slash, so the name ends at the first bracket that the element's path or nothing follows; "" where the anchor is
// made otherwise.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/policies/oauthv2-policy, "name": letters, numbers, spaces,
// hyphens, underscores and periods.
func anchoredPolicy(anchor string) string {
	_, rest, ok := strings.Cut(anchor, "[")
	if !ok {
		return ""
	}
	if name, _, ok := strings.Cut(rest, "]/"); ok {
		return name
	}
	name, ok := strings.CutSuffix(rest, "]")
	if !ok {
		return ""
	}
	return name
}
