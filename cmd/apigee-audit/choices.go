package main

import (
	"path"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/overlay"
	"apigee-audit/audit"
	"apigee-audit/audit/rules"
	"apigee-audit/report"
)

// choices are settings that have been judged, for the commands that look at organizations or reports. What can only be judged
// later, such as the share of the organizations or a pattern that matches nothing, is a usage error there.
type choices struct {
	settings
	paths         []string // with paths the scan is offline
	shard         shard    // the zero value is all organizations
	rules         []*audit.Rule
	minSeverity   audit.Severity
	minConfidence audit.Confidence
	evidence      audit.EvidenceOptions
	failOn        audit.Severity // 0: findings never decide the exit status
	copies        []reportCopy
	exceptions    []audit.Exception
	severities    map[string]audit.Severity
	baseline      *report.Document // nil without
	everywhere    bool             // the organizations are all that the settings are about
	change        overlay.Change   // what would be deployed
	aliases       []audit.Alias    // where settings name a rule for one that parted from it
}

// choose judges settings and paths. All of its errors are usage errors.
func choose(s settings, paths []string, flags *pflag.FlagSet) (*choices, error) {
	c := &choices{settings: s, paths: paths}
	for _, judge := range []func() error{
		c.chooseChange,
		func() error { return c.chooseSubject(flags) },
		c.checkChange,
		func() error { return c.chooseEvidence(flags) },
		c.chooseRules, c.chooseLevels, c.checkGlobs, c.checkPlatform, c.checkNumbers, c.checkFormats,
		c.checkRuleSettings,
	} {
		if err := judge(); err != nil {
			return nil, usagef("%w", err)
		}
	}
	return c, nil
}

// chooseSubject settles what is audited. What the command line says beats organizations of environment and file.
func (c *choices) chooseSubject(flags *pflag.FlagSet) error {
	said := 0 // on the command line
	for _, yes := range []bool{flags.Changed("org") && !c.picksOne(flags), flags.Changed("all-orgs") && c.AllOrgs, flags.Changed("demo") && c.Demo, len(c.paths) > 0} {
		if yes {
			said++
		}
	}
	switch {
	case said > 1:
		return usagef("give one of --org, --all-orgs, --demo and PATHs: they are different things to audit")
	case said == 1:
		if !flags.Changed("org") {
			c.Org = nil
		}
		c.AllOrgs, c.Demo = c.AllOrgs && flags.Changed("all-orgs"), c.Demo && flags.Changed("demo")
	case len(c.Org) > 0 && (c.Demo || c.AllOrgs), c.Demo && c.AllOrgs:
		return usagef("the configuration sets more than one of org, all-orgs and demo; set one, or say on the command line which")
	case len(c.Org) == 0 && !c.Demo && !c.AllOrgs:
		return usagef("nothing to audit: name an organization with --org, take them --all-orgs, give PATHs, or try --demo")
	}
	if c.AllOrgs && !c.platform().Traits().ListsOrganizations {
		return usagef("all-orgs is for Apigee X and hybrid: on Edge, name the organizations with --org")
	}
	c.everywhere = len(c.paths) == 0 && !flags.Changed("org")
	for _, name := range c.Org {
		if err := api.CheckOrganization(name); err != nil {
			return err
		}
	}
	return nil
}

func (c *choices) chooseRules() error {
	c.rules = rules.All()
	if len(c.Rule) == 0 {
		return nil
	}
	wanted := map[string]bool{}
	for _, word := range c.Rule {
		r, err := findRule(word)
		if err != nil {
			return err
		}
		wanted[r.ID] = true
	}
	var covered []audit.Alias
	c.rules, covered = audit.WithParted(c.rules, wanted)
	c.covers("--rule", covered)
	return nil
}

func (c *choices) chooseLevels() (err error) {
	if c.minSeverity, err = audit.ParseSeverity(c.MinSeverity); err != nil {
		return usagef("min-severity: %w", err)
	}
	if c.minConfidence, err = audit.ParseConfidence(c.MinConfidence); err != nil {
		return usagef("min-confidence: %w", err)
	}
	if strings.EqualFold(c.FailOn, "none") {
		return nil
	}
	if c.failOn, err = audit.ParseSeverity(c.FailOn); err != nil {
		return usagef("fail-on: %w, or none", err)
	}
	return nil
}

// checkRuleSettings judges what rules depend on, and what is accepted.
func (c *choices) checkRuleSettings() (err error) {
	if c.Profile != audit.ProfileBCP && c.Profile != audit.ProfileFAPI {
		return usagef("unknown profile %q: use %s (RFC 9700) or %s", c.Profile, audit.ProfileBCP, audit.ProfileFAPI)
	}
	if c.MaxRefreshLifetime <= 0 {
		return usagef("max-refresh-lifetime must be more than 0, such as 720h")
	}
	asked, err := ruleSeverities(c.Severities)
	if err != nil {
		return err
	}
	var covered []audit.Alias
	c.severities, covered = audit.CoverParted(rules.All(), asked)
	c.covers("severities", covered)
	c.exceptions, err = exceptions(c.Suppressions)
	return err
}

func (c *choices) checkGlobs() error {
	for _, glob := range slices.Concat(c.Env, c.Proxy) {
		if _, err := path.Match(glob, ""); err != nil {
			return usagef("%q is no pattern: use * and ? and [a-z]", glob)
		}
	}
	return nil
}

func (c *choices) checkPlatform() error {
	if err := c.checkCredentials(); err != nil {
		return err
	}
	return api.CheckEndpoint(c.Endpoint, c.Location)
}

func (c *choices) checkNumbers() error {
	switch {
	case c.Concurrency < 1 || c.Concurrency > 256:
		return usagef("concurrency must be between 1 and 256, not %d", c.Concurrency)
	case c.Rate < 1:
		return usagef("rate must be at least 1 request a minute, not %d", c.Rate)
	case c.Timeout < 0:
		return usagef("timeout must not be negative; 0 is none")
	case c.RequestTimeout <= 0:
		return usagef("request-timeout must be more than 0, such as 30s")
	}
	return nil
}

func (c *choices) checkFormats() (err error) {
	if err := checkFormat(c.Format); err != nil {
		return err
	}
	if err := report.CheckSARIFPath(c.SARIFPath); err != nil {
		return usagef("sarif-path: %w", err)
	}
	c.copies, err = parseCopies(c.Output)
	return err
}

func checkFormat(format string) error {
	if known := report.Formats(); !slices.Contains(known, format) {
		return usagef("unknown format %q%s (formats are %s)", format, didYouMean(format, known), strings.Join(known, ", "))
	}
	return nil
}
