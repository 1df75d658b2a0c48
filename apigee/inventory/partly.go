package inventory

import (
	"errors"

	"apigee-audit/apigee"
)

// partly are the deployments that may not run on every server. A person has to look after each, because which calls it
// answers is not known.
func partly(deployments []apigee.Deployment) []failed {
	var all []failed
	for _, d := range deployments {
		if d.Partly == "" {
			continue
		}
		all = append(all, failed{
			Problem: d.About(apigee.Problem{Environment: d.Environment, Operation: "list deployments"}), err: errors.New("the deployment " + d.Partly),
			verdict: "deploy it again or undeploy it", together: "deploy them again or undeploy them",
		})
	}
	return all
}
