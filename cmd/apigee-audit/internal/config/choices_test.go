package config

import (
	"testing"
)

// TestOrganizationsByName: what the client takes for an organization's name the command line does as well.
func TestOrganizationsByName(t *testing.T) {
	for name, valid := range map[string]bool{
		"acme": true, "example.com:acme": true, "Acme_1": true, "": false, "a b": false, "../x": false, "organizations/acme": false, "a%2Fb": false,
	} {
		c := &Choices{Settings: Defaults()}
		c.Org = []string{name}
		if err := c.chooseSubject(PickFlags("org", "all-orgs", "demo")); (err == nil) != valid {
			t.Errorf("%q: %v", name, err)
		}
	}
}
