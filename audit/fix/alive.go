package fix

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"apigee-audit/apigee/condition"
	"apigee-audit/apigee/xmltree"
)

// An audit for refresh tokens does not ask what else a flow does, so an edit is also held to this: whatever could run before it can
// run after it.

// The bounds of the flows of one endpoint that are compared with one another, and of its steps that are compared with their flows: what
// comes behind them is taken to be alive.
const (
	maxFlows = 200
	maxSteps = 2_000
)

// kills says which flow or step an edit keeps from ever running in one of some environments, nil for none.
func (d *draft) kills(was *draft, environments []string) error {
	for _, file := range slices.Sorted(maps.Keys(d.edited)) {
		before, had := was.files[file]
		if !had || string(before) == string(d.files[file]) {
			continue
		}
		old, err := was.document(file)
		if err != nil {
			return err
		}
		now, err := d.document(file)
		if err != nil {
			return err
		}
		for _, environment := range environments {
			known := dead(old.Root, environment)
			for _, what := range dead(now.Root, environment) {
				if i := slices.Index(known, what); i >= 0 {
					known = slices.Delete(known, i, i+1) // several may be alike
					continue
				}
				return fmt.Errorf("it would keep %s of %s from ever running", what, file)
			}
			if !strings.Contains(old.Source+now.Source, environmentName) {
				break // the others are like the first
			}
		}
	}
	return nil
}

// dead lists the conditional flows of an endpoint that no request gets to, and the steps whose conditions contradict the flow around
// them.
func dead(endpoint *xmltree.Node, environment string) []string {
	var out []string
	var before []condition.Formula // that no earlier flow takes the request
	steps := 0
	for f := range endpoint.Child("Flows").Children() {
		if f.Name != "Flow" || len(before) > maxFlows {
			continue
		}
		name, _ := f.Attr("name")
		own := formulaIn(environment, conditionOf(f))
		if !condition.Satisfiable(append(slices.Clip(before), own)...) {
			out = append(out, fmt.Sprintf("flow %q", name))
		}
		for n := range f.Descendants() {
			if n.Name != "Step" || conditionOf(n) == "" {
				continue
			}
			if steps++; steps > maxSteps || condition.Satisfiable(own, formulaIn(environment, conditionOf(n))) {
				continue
			}
			out = append(out, fmt.Sprintf("step %q in flow %q", n.Child("Name").String(), name))
		}
		before = append(before, condition.Not(own))
	}
	return out
}

// environmentName is the variable that holds where a proxy is deployed.
const environmentName = "environment.name"

// formula is a condition of which nothing is known but its text; one that cannot be read may be true or false.
func formula(text string) condition.Formula { return formulaIn("", text) }

// formulaIn is [formula] in an environment, "" for any.
func formulaIn(environment, text string) condition.Formula {
	if text == "" {
		return condition.True()
	}
	x, err := condition.Parse(text)
	if err != nil {
		return condition.Unknown(text)
	}
	return bound(x, environment)
}
