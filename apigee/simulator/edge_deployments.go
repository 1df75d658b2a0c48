package simulator

import (
	"net/http"

	"apigee-audit/apigee"
)

// edgeDeployed is a revision in a list of deployments.
type edgeDeployed struct {
	Configuration edgeConfiguration `json:"configuration"`
	Name          string            `json:"name"`
	State         string            `json:"state"`
}

type edgeConfiguration struct {
	BasePath string   `json:"basePath"`
	Steps    []string `json:"steps"`
}

// edgeNamed is a proxy, or an environment of a proxy, with its deployed revisions.
type edgeNamed struct {
	Name      string         `json:"name"`
	Revisions []edgeDeployed `json:"revision"`
}

// edgeProxies is what an environment has deployed; the key is spelled as Edge spells it.
type edgeProxies struct {
	Proxies []edgeNamed `json:"aPIProxy"`
	Name    string      `json:"name"`
}

func edgeDeployments(o *served, _ *http.Request) any {
	all := []edgeProxies{}
	for i := range o.Environments {
		all = append(all, proxiesIn(&o.Environments[i]))
	}
	return struct {
		Environments []edgeProxies `json:"environment"`
		Name         string        `json:"name"`
	}{all, o.Name}
}

func edgeEnvironmentDeployments(_ *served, e *Environment, _ *http.Request) any { return proxiesIn(e) }

func proxiesIn(e *Environment) edgeProxies {
	list := edgeProxies{[]edgeNamed{}, e.Name}
	at := map[string]int{}
	for _, d := range e.Deployed {
		if d.Kind != apigee.KindProxy {
			continue
		}
		i, seen := at[d.Name]
		if !seen {
			i = len(list.Proxies)
			at[d.Name] = i
			list.Proxies = append(list.Proxies, edgeNamed{Name: d.Name})
		}
		list.Proxies[i].Revisions = append(list.Proxies[i].Revisions, edgeDeployedAs(d))
	}
	return list
}

func edgeDeployedAs(r apigee.Revision) edgeDeployed {
	return edgeDeployed{edgeConfiguration{"/", []string{}}, r.Number, "deployed"}
}

// edgeAssetDeployments is where one proxy or shared flow is deployed.
func edgeAssetDeployments(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		if len(o.numbers[ref]) == 0 {
			return unknown("Application", ref.Name)
		}
		all := []edgeNamed{}
		for _, e := range o.Environments {
			here := edgeNamed{Name: e.Name}
			for _, d := range e.Deployed {
				if d.Ref() == ref {
					here.Revisions = append(here.Revisions, edgeDeployedAs(d))
				}
			}
			if len(here.Revisions) > 0 {
				all = append(all, here)
			}
		}
		return struct {
			Environments []edgeNamed `json:"environment"`
			Name         string      `json:"name"`
			Organization string      `json:"organization"`
		}{all, ref.Name, o.Name}
	}
}
