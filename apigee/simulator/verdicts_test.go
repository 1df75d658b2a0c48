package simulator_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"apigee-audit/apigee/simulator"
)

// TestReadmeNamesEveryBundle keeps the tables from forgetting a case.
func TestReadmeNamesEveryBundle(t *testing.T) {
	readme, err := os.ReadFile("demo/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range simulator.Demo() {
		for _, b := range o.Bundles {
			if !bytes.Contains(readme, []byte(b.Name)) {
				t.Errorf("%s, %s: not in the README", o.Name, b.Ref())
			}
		}
	}
}

// TestDemoVerdicts checks that the truth speaks of what is there: a bundle deployed in each environment that it names.
func TestDemoVerdicts(t *testing.T) {
	type key struct{ org, env, kind, name string }
	deployed := map[key]bool{}
	for _, o := range simulator.Demo() {
		for _, e := range o.Environments {
			for _, r := range e.Deployed {
				deployed[key{o.Name, e.Name, string(r.Kind), r.Name}] = true
			}
		}
	}
	core := map[key]string{} // the rule of the core family that speaks there
	for _, v := range simulator.DemoVerdicts() {
		if len(v.Environments) == 0 || !slices.IsSorted(v.Environments) {
			t.Errorf("%+v: environments are missing or unsorted", v)
		}
		for _, env := range v.Environments {
			k := key{v.Organization, env, v.Kind, v.Name}
			if !deployed[k] {
				t.Errorf("%+v: not deployed in %s", v, env)
			}
			if slices.Contains([]string{"RT102", "RT109", "RT205", "RT503"}, v.Rule) {
				continue
			}
			if other := core[k]; other != "" {
				t.Errorf("%+v: %s already speaks in %s, and the core family is one rule", v, other, env)
			}
			core[k] = v.Rule
		}
	}
}
