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
	DeployStartTime     millis             `json:"deployStartTime,omitempty"`
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
	wanted, bad := kindAsked(r)
	if bad != nil {
		return bad
	}
	return o.deploymentsOf(wanted)
}

func listEnvironmentDeployments(_ *served, e *Environment, r *http.Request) any {
	wanted, bad := kindAsked(r)
	if bad != nil {
		return bad
	}
	return deploymentsIn(wanted, e)
}

// kindAsked is for lists of either proxies or shared flows, never both, as sharedFlows asks.
func kindAsked(r *http.Request) (wanted func(apigee.Revision) bool, bad *apiError) {
	sharedFlows, bad := flag(r, "sharedFlows")
	kind := apigee.KindProxy
	if sharedFlows {
		kind = apigee.KindSharedFlow
	}
	return func(r apigee.Revision) bool { return r.Kind == kind }, bad
}

// listAssetDeployments is where one proxy or shared flow is deployed.
func listAssetDeployments(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		if len(o.numbers[ref]) == 0 {
			return notFound(ref.String() + " not found in organization " + o.Name)
		}
		return o.deploymentsOf(func(r apigee.Revision) bool { return r.Ref() == ref })
	}
}

// listRevisionDeployments is where one revision is deployed.
func listRevisionDeployments(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		id := apigee.Revision{Kind: kind, Name: r.PathValue("name"), Number: r.PathValue("rev")}
		if _, ok := o.revisions[id]; !ok {
			return notFound(id.String() + " not found in organization " + o.Name)
		}
		return o.deploymentsOf(func(r apigee.Revision) bool { return r == id })
	}
}

// listAssetIn is what of one proxy or shared flow is deployed in an environment.
func listAssetIn(kind apigee.Kind) func(*served, *Environment, *http.Request) any {
	return func(_ *served, e *Environment, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		return deploymentsIn(func(r apigee.Revision) bool { return r.Ref() == ref }, e)
	}
}

func (o *served) deploymentsOf(wanted func(apigee.Revision) bool) deploymentList {
	envs := make([]*Environment, len(o.Environments))
	for i := range o.Environments {
		envs[i] = &o.Environments[i]
	}
	return deploymentsIn(wanted, envs...)
}

func deploymentsIn(wanted func(apigee.Revision) bool, envs ...*Environment) deploymentList {
	var list deploymentList
	for _, e := range envs {
		for _, d := range e.Deployed {
			if wanted(d) {
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
	at := made(r.Number) + day/2
	if e.DeployedAt != nil {
		at = millis(e.DeployedAt[r])
	}
	return deployment{Environment: e.Name, APIProxy: r.Name, Revision: r.Number, DeployStartTime: at, ProxyDeploymentType: "EXTENSIBLE"}
}
