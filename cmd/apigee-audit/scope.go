package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"apigee-audit/report"
)

// scope is what of the settings narrows the audit or changes how its findings are graded, for the report to say.
func (c *choices) scope(config configRead) *report.Scope {
	s := &report.Scope{
		Environments: c.Env, Proxies: c.Proxy, MinSeverity: c.minSeverity, MinConfidence: c.minConfidence,
		FailOn: strings.ToLower(c.FailOn), AllowPartial: c.AllowPartial,
		Profile: c.Profile, MaxRefreshLifetime: int64(c.MaxRefreshLifetime / time.Second), IgnoreComments: c.IgnoreComments,
	}
	if len(c.Rule) > 0 {
		s.Rules = ruleIDs(c.rules)
	}
	for id, severity := range c.severities {
		s.Severities = append(s.Severities, report.RuleSeverity{RuleID: id, Severity: severity})
	}
	slices.SortFunc(s.Severities, func(a, b report.RuleSeverity) int { return cmp.Compare(a.RuleID, b.RuleID) })
	if config.file != "" {
		s.Config = &report.ConfigFile{File: config.file, Found: config.found, Keys: config.keys}
	}
	return s
}
