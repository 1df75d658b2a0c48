package inventory

import (
	"errors"

	"apigee-audit/apigee"
)

// partly are the deployments that may not run on every server, those of one revision together where the same is said of
// them. A person has to look after each, because which calls it answers is not known.
func partly(deployments []apigee.Deployment) []failed {
	type said struct {
		apigee.Revision
		words string
	}
	var all []said
	environments := map[said][]string{}
	for _, d := range deployments {
		if d.Partly == "" {
			continue
		}
		one := said{d.Revision, d.Partly}
		if environments[one] == nil {
			all = append(all, one)
		}
		environments[one] = append(environments[one], d.Environment)
	}
	var out []failed
	for _, one := range all {
		out = append(out, failed{
			Problem: one.About(apigee.Problem{Operation: "list deployments"}).Within(environments[one]), err: errors.New("the deployment " + one.words),
			verdict:  "what runs in its place elsewhere is not known: deploy it again or undeploy it",
			together: "what runs in their place elsewhere is not known: deploy them again or undeploy them",
		})
	}
	return out
}
