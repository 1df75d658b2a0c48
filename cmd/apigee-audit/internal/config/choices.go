package config

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"apigee-audit/apigee/api"
	"apigee-audit/audit"
	"apigee-audit/audit/rules"
	"apigee-audit/report/sarif"
)

// Choices are settings that have been judged, for the commands that look at organizations or reports. What can only be judged
// later, such as the share of the organizations or a pattern that matches nothing, is a usage error there.
type Choices struct {
	Settings
	Paths            []string // with paths the scan is offline
	Share            Shard    // the zero value is all organizations
	Rules            []*audit.Rule
	LowestSeverity   audit.Severity
	LowestConfidence audit.Confidence
	Evidence         audit.EvidenceOptions
	Threshold        audit.Severity // 0: findings never decide the exit status
	Copies           []ReportCopy
	Exceptions       []audit.Exception
	RuleSeverities   map[string]audit.Severity
	Everywhere       bool          // the organizations are all that the settings are about
	Aliases          []audit.Alias // where settings name a rule for one that parted from it
}

// Choose judges settings and paths. What is wrong with them is a mistake of whoever set them.
func Choose(s Settings, paths []string, flags *pflag.FlagSet) (*Choices, error) {
	c := &Choices{Settings: s, Paths: paths}
	for _, judge := range []func() error{
		func() error { return c.chooseSubject(flags) },
		func() error { return c.chooseEvidence(flags) },
		c.chooseRules, c.ChooseLevels, c.checkGlobs, c.checkPlatform, c.checkNumbers, c.checkFormats,
		c.checkRuleSettings,
	} {
		if err := judge(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// ChoosePull judges the settings that a pull uses.
func ChoosePull(s Settings, flags *pflag.FlagSet) (*Choices, error) {
	c := &Choices{Settings: s}
	for _, judge := range []func() error{func() error { return c.chooseSubject(flags) }, c.checkPlatform, c.checkNumbers} {
		if err := judge(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// ChooseReport judges the settings of commands that read reports and ask no organization.
func ChooseReport(s Settings) (*Choices, error) {
	c := &Choices{Settings: s}
	for _, judge := range []func() error{c.chooseRules, c.ChooseLevels, c.checkFormats} {
		if err := judge(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// chooseSubject settles what is audited. What the command line says beats organizations of environment and file.
func (c *Choices) chooseSubject(flags *pflag.FlagSet) error {
	said := 0 // on the command line
	for _, yes := range []bool{flags.Changed("org"), flags.Changed("all-orgs") && c.AllOrgs, flags.Changed("demo") && c.Demo, len(c.Paths) > 0} {
		if yes {
			said++
		}
	}
	switch {
	case said > 1:
		return fmt.Errorf("give one of --org, --all-orgs, --demo and PATHs: they are different things to audit")
	case said == 1:
		if !flags.Changed("org") {
			c.Org = nil
		}
		c.AllOrgs, c.Demo = c.AllOrgs && flags.Changed("all-orgs"), c.Demo && flags.Changed("demo")
	case len(c.Org) > 0 && (c.Demo || c.AllOrgs), c.Demo && c.AllOrgs:
		return fmt.Errorf("the configuration sets more than one of org, all-orgs and demo; set one, or say on the command line which")
	case len(c.Org) == 0 && !c.Demo && !c.AllOrgs:
		return fmt.Errorf("nothing to audit: name an organization with --org, take them --all-orgs, give PATHs, or try --demo")
	}
	if c.AllOrgs && !c.OnPlatform().Traits().ListsOrganizations {
		return fmt.Errorf("all-orgs is for Apigee X and hybrid: on Edge, name the organizations with --org")
	}
	c.Everywhere = len(c.Paths) == 0 && !flags.Changed("org")
	for _, name := range c.Org {
		if err := api.CheckOrganization(name); err != nil {
			return err
		}
	}
	return nil
}

// covers notes that a setting names rules for others that parted from them.
func (c *Choices) covers(setting string, covered []audit.Alias) {
	for _, alias := range covered {
		alias.Where = setting
		c.Aliases = append(c.Aliases, alias)
	}
}

func (c *Choices) chooseRules() error {
	c.Rules = rules.All()
	if len(c.Rule) == 0 {
		return nil
	}
	wanted := map[string]bool{}
	for _, word := range c.Rule {
		r, err := FindRule(word)
		if err != nil {
			return err
		}
		wanted[r.ID] = true
	}
	var covered []audit.Alias
	c.Rules, covered = audit.WithParted(c.Rules, wanted)
	c.covers("--rule", covered)
	return nil
}

// ChooseLevels judges severities and confidences.
func (c *Choices) ChooseLevels() (err error) {
	if c.LowestSeverity, err = audit.ParseSeverity(c.MinSeverity); err != nil {
		return fmt.Errorf("min-severity: %w", err)
	}
	if c.LowestConfidence, err = audit.ParseConfidence(c.MinConfidence); err != nil {
		return fmt.Errorf("min-confidence: %w", err)
	}
	if strings.EqualFold(c.FailOn, "none") {
		return nil
	}
	if c.Threshold, err = audit.ParseSeverity(c.FailOn); err != nil {
		return fmt.Errorf("fail-on: %w, or none", err)
	}
	return nil
}

// checkRuleSettings judges what rules depend on, and what is accepted.
func (c *Choices) checkRuleSettings() (err error) {
	if c.Profile != audit.ProfileBCP && c.Profile != audit.ProfileFAPI {
		return fmt.Errorf("unknown profile %q: use %s (RFC 9700) or %s", c.Profile, audit.ProfileBCP, audit.ProfileFAPI)
	}
	if c.MaxRefreshLifetime <= 0 {
		return fmt.Errorf("max-refresh-lifetime must be more than 0, such as 720h")
	}
	asked, err := ruleSeverities(c.Severities)
	if err != nil {
		return err
	}
	var covered []audit.Alias
	c.RuleSeverities, covered = audit.CoverParted(rules.All(), asked)
	c.covers("severities", covered)
	c.Exceptions, err = exceptions(c.Suppressions)
	return err
}

func (c *Choices) checkGlobs() error {
	for _, glob := range slices.Concat(c.Env, c.Proxy) {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("%q is no pattern: use * and ? and [a-z]", glob)
		}
	}
	return nil
}

func (c *Choices) checkPlatform() error {
	if err := c.checkCredentials(); err != nil {
		return err
	}
	return api.CheckEndpoint(c.Endpoint, c.Location)
}

func (c *Choices) checkNumbers() error {
	switch {
	case c.Concurrency < 1 || c.Concurrency > 256:
		return fmt.Errorf("concurrency must be between 1 and 256, not %d", c.Concurrency)
	case c.Rate < 1:
		return fmt.Errorf("rate must be at least 1 request a minute, not %d", c.Rate)
	case c.Timeout < 0:
		return fmt.Errorf("timeout must not be negative; 0 is none")
	case c.RequestTimeout <= 0:
		return fmt.Errorf("request-timeout must be more than 0, such as 30s")
	}
	return nil
}

func (c *Choices) checkFormats() (err error) {
	if err := CheckFormat(c.Format); err != nil {
		return err
	}
	if err := sarif.CheckPath(c.SARIFPath); err != nil {
		return fmt.Errorf("sarif-path: %w", err)
	}
	c.Copies, err = parseCopies(c.Output)
	return err
}

// FindRule accepts the id or the name of a rule in any case.
func FindRule(word string) (*audit.Rule, error) {
	if r := audit.FindRule(rules.All(), word); r != nil {
		return r, nil
	}
	var known []string
	for _, r := range rules.All() {
		known = append(known, r.ID, r.Name)
	}
	return nil, fmt.Errorf("no rule %q%s (`apigee-audit rules` lists them all)", word, DidYouMean(word, known))
}
