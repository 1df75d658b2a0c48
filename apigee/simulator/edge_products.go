package simulator

import (
	"net/http"
	"slices"
	"strconv"

	"apigee-audit/apigee"
)

// edgeProduct is an API product as Edge tells it, which names proxies and no operations.
type edgeProduct struct {
	APIResources []string        `json:"apiResources"`
	ApprovalType string          `json:"approvalType"`
	Attributes   []edgeAttribute `json:"attributes"`
	DisplayName  string          `json:"displayName"`
	Environments []string        `json:"environments"`
	Name         string          `json:"name"`
	Proxies      []string        `json:"proxies"`
	Scopes       []string        `json:"scopes"`
	edgeMade
}

type edgeAttribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// edgeApp is an app as Edge tells it, with its keys for whoever asks for them.
type edgeApp struct {
	AppID       string       `json:"appId"`
	Attributes  []string     `json:"attributes"`
	Credentials []credential `json:"credentials"`
	Name        string       `json:"name"`
	Status      string       `json:"status"`
}

func (p Product) onEdge() edgeProduct {
	return edgeProduct{
		APIResources: []string{}, ApprovalType: "auto", Attributes: []edgeAttribute{{"access", "public"}}, DisplayName: p.Name,
		Environments: append([]string{}, p.Environments...), Name: p.Name, Proxies: slices.Concat([]string{}, p.Proxies, p.Operations), Scopes: []string{},
		edgeMade: edgeMadeAt(epoch, epoch),
	}
}

// edgeProducts lists names, or with expand whole products. Pages begin with the product that startKey names.
func edgeProducts(o *served, r *http.Request) any {
	q := r.URL.Query()
	size := productPage
	if n, err := strconv.Atoi(q.Get("count")); err == nil && n > 0 {
		size = min(n, size)
	}
	names, all := []string{}, []edgeProduct{}
	for _, p := range o.products() {
		if p.Name >= q.Get("startKey") && len(names) < size {
			names, all = append(names, p.Name), append(all, p.onEdge())
		}
	}
	if q.Get("expand") == "true" {
		return struct {
			APIProduct []edgeProduct `json:"apiProduct"`
		}{all}
	}
	return names
}

func edgeGetProduct(o *served, r *http.Request) any {
	for _, p := range o.products() {
		if p.Name == r.PathValue("product") {
			return p.onEdge()
		}
	}
	return refusal(http.StatusNotFound, "keymanagement.service.apiproduct_doesnot_exist", "API product "+r.PathValue("product")+" does not exist")
}

// edgeApps lists identifiers, or with expand whole apps.
func edgeApps(o *served, r *http.Request) any {
	ids, all := []string{}, []edgeApp{}
	for _, p := range o.products() {
		for _, name := range p.Apps {
			if a := edgeAppOf(name); !slices.Contains(ids, a.AppID) {
				ids, all = append(ids, a.AppID), append(all, a)
			}
		}
	}
	if r.URL.Query().Get("expand") == "true" {
		return struct {
			App []edgeApp `json:"app"`
		}{all}
	}
	return ids
}

func edgeGetApp(o *served, r *http.Request) any {
	for _, p := range o.products() {
		for _, name := range p.Apps {
			if a := edgeAppOf(name); a.AppID == r.PathValue("app") {
				return a
			}
		}
	}
	return refusal(http.StatusNotFound, "keymanagement.service.app_doesnot_exist", "App "+r.PathValue("app")+" does not exist")
}

func edgeAppOf(name string) edgeApp {
	return edgeApp{"app-" + name, []string{}, []credential{{"key-of-" + name, "secret-of-" + name}}, name, "approved"}
}

// edgeEmpty are the collections of which the simulated organizations have none, as clients other than the audit ask for
// them.
func edgeEmpty(handle func(path string, e endpoint), in func(func(*served, *Environment, *http.Request) any) endpoint) {
	none := func(*served, *http.Request) any { return []string{} }
	noneIn := in(func(*served, *Environment, *http.Request) any { return []string{} })
	files := func(*served, *http.Request) any { return map[string][]string{"resourceFile": {}} }
	for _, name := range []string{"companies", "developers", "keyvaluemaps", "maskconfigs"} {
		handle("/"+name, none)
	}
	for _, name := range []string{"keyvaluemaps", "maskconfigs"} {
		handle("/"+string(apigee.KindProxy)+"/{name}/"+name, none)
	}
	for _, name := range []string{"caches", "keystores", "keyvaluemaps", "references", "targetservers"} {
		handle("/environments/{env}/"+name, noneIn)
	}
	handle("/resourcefiles", files)
	handle("/environments/{env}/resourcefiles", in(func(o *served, _ *Environment, r *http.Request) any { return files(o, r) }))
}
