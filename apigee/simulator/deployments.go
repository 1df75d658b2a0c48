package simulator

import (
	"net/http"
	"slices"

	"apigee-audit/apigee"
)

// deployment is GoogleCloudApigeeV1Deployment. A shared flow's name is in apiProxy too; state and instances are told only
// of a single deployment, never in a list.
type deployment struct {
	Environment         string             `json:"environment"`
	APIProxy            string             `json:"apiProxy"`
	Revision            string             `json:"revision"`
	DeployStartTime     millis             `json:"deployStartTime"`
	ProxyDeploymentType string             `json:"proxyDeploymentType"`
	State               string             `json:"state,omitempty"`
	Instances           []deployedInstance `json:"instances,omitempty"`
}

// deployedInstance is GoogleCloudApigeeV1InstanceDeploymentStatus.
type deployedInstance struct {
	Instance          string             `json:"instance"`
	DeployedRevisions []deployedRevision `json:"deployedRevisions"`
}

type deployedRevision struct {
	Revision   string `json:"revision"`
	Percentage int    `json:"percentage"`
}

type deploymentList struct {
	Deployments []deployment `json:"deployments,omitempty"`
}

func listDeployments(o *served, r *http.Request) any {
	envs := make([]*Environment, len(o.Environments))
	for i := range o.Environments {
		envs[i] = &o.Environments[i]
	}
	return deployments(r, envs...)
}

func listEnvironmentDeployments(_ *served, e *Environment, r *http.Request) any {
	return deployments(r, e)
}

// deployments lists either proxies or shared flows, never both, as sharedFlows asks.
func deployments(r *http.Request, envs ...*Environment) any {
	sharedFlows, bad := flag(r, "sharedFlows")
	if bad != nil {
		return bad
	}
	kind := apigee.KindProxy
	if sharedFlows {
		kind = apigee.KindSharedFlow
	}
	var list deploymentList
	for _, e := range envs {
		for _, d := range e.Deployed {
			if d.Kind == kind {
				list.Deployments = append(list.Deployments, deploymentOf(e, d))
			}
		}
	}
	return list
}

func getDeployment(kind apigee.Kind) func(*served, *Environment, *http.Request) any {
	return func(_ *served, e *Environment, r *http.Request) any {
		rev := apigee.Revision{Kind: kind, Name: r.PathValue("name"), Number: r.PathValue("rev")}
		if !slices.Contains(e.Deployed, rev) {
			return notFound(rev.String() + " is not deployed in environment " + e.Name)
		}
		d := deploymentOf(e, rev)
		d.State = "READY"
		d.Instances = []deployedInstance{{"instance-1", []deployedRevision{{rev.Number, 100}}}}
		return d
	}
}

func deploymentOf(e *Environment, r apigee.Revision) deployment {
	return deployment{
		Environment: e.Name, APIProxy: r.Name, Revision: r.Number,
		DeployStartTime: made(r.Number) + day/2, ProxyDeploymentType: "EXTENSIBLE",
	}
}
