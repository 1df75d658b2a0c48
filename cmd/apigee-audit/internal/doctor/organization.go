package doctor

import (
	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
)

// Nothing says that an organization has nothing deployed, and what to do about it. Scans say the same.
func Nothing(p apigee.Platform) (what, advice string) {
	return "no deployment is visible", "either nothing is deployed, or the account cannot see it: grant " + p.Traits().ReadRole + ", or check the organization's name"
}

// Organization are the checks of one organization, by what its calls came to. why words an error that may be the end of the
// run.
func Organization(name string, p apigee.Platform, t api.Trials, why func(error) string) []Check {
	var checks []Check
	for i, call := range t.Calls {
		checks = append(checks, judge(call, why))
		if i+1 == t.Lists && t.Listed && t.Deployments == 0 {
			what, advice := Nothing(p)
			checks = append(checks, Fail("deployments", what, advice))
		}
	}
	if len(checks) > 0 && checks[0].State == OK {
		checks[0].Text += ", at " + t.Endpoint
	}
	for i := range checks {
		checks[i].Organization = name
	}
	return checks
}

// judge is the check of one call.
func judge(call api.Trial, why func(error) string) Check {
	c := Check{Name: call.Name, Permission: call.Permission, Role: call.Role}
	switch {
	case call.Skipped != "":
		c.State, c.Text = Skipped, call.Skipped
	case call.Err != nil:
		c.State = Failed
		c.Text, c.Advice = Explain(call.Err, why)
		if call.Spare {
			c.State = Warning
			c.Advice = join("as long as every environment has something deployed, an audit does without", c.Advice)
		}
	case call.Partly != nil:
		reason, advice := api.Explain(call.Partly)
		c.State, c.Text = Warning, call.Found+"; the list of the whole organization is refused: "+reason
		c.Advice = join("an audit asks for the list of each environment instead, and is incomplete where that is refused as well", advice)
	default:
		c.State, c.Text = OK, call.Found
	}
	return c
}

// join puts two pieces of advice together, of which the second may be empty.
func join(first, second string) string {
	if second == "" {
		return first
	}
	return first + "; " + second
}
