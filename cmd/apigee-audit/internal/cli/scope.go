package cli

import (
	"cmp"
	"slices"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit/records"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/report"
)

// scope is what of the settings narrows the audit or changes how its findings are graded, for the report to say.
func (a *app) scope(c *config.Choices) *report.Scope {
	config := a.config
	failOn := "none"
	if c.FailOn > 0 {
		failOn = c.FailOn.String()
	}
	s := &report.Scope{
		Environments: c.Environments, Proxies: c.Proxies, MinSeverity: c.MinSeverity, MinConfidence: c.MinConfidence,
		FailOn: failOn, AllowPartial: c.AllowPartial,
		Profile: c.Settings.Profile, MaxRefreshLifetime: int64(c.Settings.MaxRefreshLifetime / time.Second), IgnoreComments: c.IgnoreComments,
		Records: askedRecords(c.Evidence), Account: a.account(c), Command: commandLine(a.args),
	}
	if c.Chosen {
		s.Rules = ruleIDs(c.Rules)
	}
	for id, severity := range c.Settings.Severities {
		s.Severities = append(s.Severities, report.RuleSeverity{RuleID: id, Severity: severity})
	}
	slices.SortFunc(s.Severities, func(a, b report.RuleSeverity) int { return cmp.Compare(a.RuleID, b.RuleID) })
	if config.Name != "" {
		s.Config = &report.ConfigFile{File: config.Name, Found: config.Found, Keys: config.Keys}
	}
	return s
}

// askedRecords are what was requested in addition to bundles, nil for nothing.
func askedRecords(e records.Options) *report.Records {
	if e == (records.Options{}) {
		return nil
	}
	return &report.Records{
		Traffic: int64(e.Traffic / time.Second), Reach: e.Reach, Apps: e.Apps, DebugMasks: e.DebugMasks,
	}
}

// account is the account that reads a live organization, where the settings name it: a token names nobody.
func (a *app) account(c *config.Choices) string {
	switch {
	case c.Demo, len(c.Paths) > 0:
		return ""
	case c.Platform == apigee.PlatformX:
		return c.Impersonate
	case c.TokenFile == "" && a.env[config.EnvToken] == "" && a.env[config.EnvPassword] != "":
		return a.env[config.EnvUser]
	}
	return ""
}
