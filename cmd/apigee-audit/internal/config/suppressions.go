package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// suppressionSetting is one entry of the key suppressions.
type suppressionSetting struct {
	Rule         string `mapstructure:"rule" yaml:"rule"`
	Organization string `mapstructure:"organization" yaml:"organization,omitempty"`
	Environment  string `mapstructure:"environment" yaml:"environment,omitempty"`
	Proxy        string `mapstructure:"proxy" yaml:"proxy,omitempty"`
	SharedFlow   string `mapstructure:"shared-flow" yaml:"shared-flow,omitempty"`
	Policy       string `mapstructure:"policy" yaml:"policy,omitempty"`
	Reason       string `mapstructure:"reason" yaml:"reason"`
	Expires      string `mapstructure:"expires" yaml:"expires"`
	Ticket       string `mapstructure:"ticket" yaml:"ticket,omitempty"`
	Owner        string `mapstructure:"owner" yaml:"owner,omitempty"`
}

// severitySetting is one entry of the key severities.
type severitySetting struct {
	Rule     string `mapstructure:"rule" yaml:"rule"`
	Severity string `mapstructure:"severity" yaml:"severity"`
}

// exceptions judges the suppressions. The error names the entry that is wrong.
func exceptions(all []suppressionSetting) ([]audit.Exception, error) {
	var out []audit.Exception
	for i, s := range all {
		e, err := s.exception()
		e.Label = s.label(i)
		if m, ok := errors.AsType[*mistake](err); ok {
			return nil, about(entry("suppressions", i)+"."+m.path, fmt.Errorf("%s: %w", e.Label, err))
		}
		if err != nil {
			return nil, about(entry("suppressions", i), fmt.Errorf("%s: %w", e.Label, err))
		}
		out = append(out, e)
	}
	return out, nil
}

// label is how messages call the entry: `suppression 2 (RT106, proxy "login")`.
func (s suppressionSetting) label(index int) string {
	var parts []string
	for _, p := range []struct{ what, value string }{
		{"", s.Rule}, {"organization", s.Organization}, {"environment", s.Environment},
		{"proxy", s.Proxy}, {"shared flow", s.SharedFlow}, {"policy", s.Policy},
	} {
		switch {
		case p.value == "":
		case p.what == "":
			parts = append(parts, p.value)
		default:
			parts = append(parts, fmt.Sprintf("%s %q", p.what, p.value))
		}
	}
	label := fmt.Sprintf("suppression %d", index+1)
	if len(parts) > 0 {
		label += " (" + strings.Join(parts, ", ") + ")"
	}
	return label
}

func (s suppressionSetting) exception() (audit.Exception, error) {
	e := audit.Exception{
		Organization: s.Organization, Environment: s.Environment, Policy: s.Policy,
		Reason: strings.TrimSpace(s.Reason), Source: finding.FromConfiguration,
		Ticket: strings.TrimSpace(s.Ticket), Owner: strings.TrimSpace(s.Owner),
	}
	switch {
	case s.Rule == "":
		return e, fmt.Errorf("rule is missing: a suppression must name the rule that it suppresses")
	case e.Reason == "":
		return e, fmt.Errorf("reason is missing: say why the finding is accepted")
	case s.Expires == "":
		return e, fmt.Errorf("expires is missing: say until when the finding is accepted, such as expires: 2027-01-31")
	case s.Proxy != "" && s.SharedFlow != "":
		return e, fmt.Errorf("use proxy or shared-flow, not both: a finding belongs to one bundle")
	}
	r, err := FindRule(s.Rule)
	if err != nil {
		return e, about("rule", err)
	}
	e.Rule = r.ID
	if e.Expires, err = time.Parse(finding.Date, s.Expires); err != nil {
		return e, wrong("expires", fmt.Errorf("%q is not a valid date, use YYYY-MM-DD", s.Expires))
	}
	if s.Proxy != "" {
		e.Kind, e.Name = apigee.KindProxy, s.Proxy
	}
	if s.SharedFlow != "" {
		e.Kind, e.Name = apigee.KindSharedFlow, s.SharedFlow
	}
	for _, of := range []struct{ key, glob string }{
		{"organization", s.Organization}, {"environment", s.Environment}, {"proxy", s.Proxy}, {"shared-flow", s.SharedFlow}, {"policy", s.Policy},
	} {
		if err := checkGlob(of.glob); err != nil {
			return e, wrong(of.key, err)
		}
	}
	return e, nil
}

// ruleSeverities judges the severities, by rule ID.
func ruleSeverities(all []severitySetting) (map[string]finding.Severity, error) {
	out := map[string]finding.Severity{}
	for i, s := range all {
		at := entry("severities", i)
		if s.Rule == "" || s.Severity == "" {
			return nil, about(at, fmt.Errorf("severity %d: both rule and severity are required", i+1))
		}
		r, err := FindRule(s.Rule)
		if err != nil {
			return nil, about(at+".rule", fmt.Errorf("severity %d: %w", i+1, err))
		}
		if _, twice := out[r.ID]; twice {
			return nil, about(at+".rule", fmt.Errorf("severity %d: %s already has a severity", i+1, r.ID))
		}
		if out[r.ID], err = finding.ParseSeverity(s.Severity); err != nil {
			return nil, about(at+".severity", fmt.Errorf("severity %d (%s): %w", i+1, r.ID, err))
		}
	}
	return out, nil
}
