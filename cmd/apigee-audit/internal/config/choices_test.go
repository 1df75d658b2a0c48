package config

import (
	"strconv"
	"testing"
)

// TestOrganizationsByName: what the client takes for an organization's name the command line does as well.
func TestOrganizationsByName(t *testing.T) {
	for name, valid := range map[string]bool{
		"acme": true, "example.com:acme": true, "Acme_1": true, "": false, "a b": false, "../x": false, "organizations/acme": false, "a%2Fb": false,
	} {
		l := &Loaded{Settings: Defaults(), flags: Flags(SubjectFlags)}
		l.Org = []string{name}
		if err := l.judge(nil).subject(); (err == nil) != valid {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestTheDemonstrationHasNoQuota: the rate is the simulator's, unless somebody says one, be it the default of organizations.
func TestTheDemonstrationHasNoQuota(t *testing.T) {
	for name, tt := range map[string]struct {
		args, environ []string
		rate          int
	}{
		"nothing said":       {[]string{"--demo"}, nil, demoRate},
		"in the environment": {[]string{"--demo"}, []string{"APIGEE_AUDIT_RATE=600"}, 600},
		"the default":        {[]string{"--demo", "--rate", strconv.Itoa(Defaults().Rate)}, nil, Defaults().Rate},
		"no demonstration":   {[]string{"--org", "acme"}, nil, Defaults().Rate},
	} {
		flags := ScanFlags()
		if err := flags.Parse(tt.args); err != nil {
			t.Fatal(err)
		}
		env := NewEnvironment(tt.environ)
		l, err := Load(env, flags, FileChoice{None: true})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Scan(nil, env)
		if err != nil {
			t.Fatal(err)
		}
		if c.Rate != tt.rate || c.NoCache != c.Demo {
			t.Errorf("%s: rate %d and NoCache %v, want %d and %v", name, c.Rate, c.NoCache, tt.rate, c.Demo)
		}
	}
}
