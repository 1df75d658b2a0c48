package simulator_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"apigee-audit/apigee"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/simulator/contract"
)

// TestDemoHoldsTheContract walks all endpoints of the built-in organizations, as a client that knows only what the
// answers tell it would, and checks every request and answer against Apigee's discovery document.
func TestDemoHoldsTheContract(t *testing.T) {
	w := walker{t, contract.Wrap(t, simulator.New(simulator.Demo(), simulator.Options{}))}
	var orgs struct {
		Organizations []struct{ Organization string }
	}
	w.get("/v1/organizations", &orgs)
	if len(orgs.Organizations) != 3 {
		t.Fatalf("%d organizations listed, want 3", len(orgs.Organizations))
	}
	for _, o := range orgs.Organizations {
		w.organization("/v1/organizations/" + o.Organization)
	}
}

type walker struct {
	t *testing.T
	h http.Handler
}

func (w walker) get(url string, into any) {
	w.t.Helper()
	res := get(w.h, url)
	if res.Code != http.StatusOK {
		w.t.Fatalf("GET %s: status %d: %s", url, res.Code, res.Body)
	}
	if err := json.Unmarshal(res.Body.Bytes(), into); err != nil {
		w.t.Fatalf("GET %s: %v", url, err)
	}
}

func (w walker) organization(o string) {
	var org struct{ Environments []string }
	w.get(o, &org)
	w.get(o+":getProjectMapping", new(any))
	for _, env := range org.Environments {
		w.get(o+"/environments/"+env, new(any))
		for _, point := range apigee.HookPoints() {
			w.get(o+"/environments/"+env+"/flowhooks/"+point, new(any))
		}
		w.deployments(o, o+"/environments/"+env)
		w.get(o+"/environments/"+env+"/debugmask", new(any))
		const query = "?select=sum(message_count)&timeRange=10/24/2026%2012:00~11/23/2026%2012:00"
		w.get(o+"/environments/"+env+"/stats/apiproxy,proxy_basepath,proxy_pathsuffix,request_verb,response_status_code"+query, new(any))
		w.get(o+"/environments/"+env+"/stats/apiproxy"+query+"&limit=1&offset=1&filter=(apiproxy%20in%20'basket-login','till-login')", new(any))
	}
	w.deployments(o, o)
	w.bundles(o + "/apis")
	w.bundles(o + "/sharedflows")
	var products struct{ APIProduct []struct{ Name string } }
	w.get(o+"/apiproducts", &products)
	for _, p := range products.APIProduct {
		w.get(o+"/apiproducts/"+p.Name, new(any))
	}
	w.get(o+"/developers", new(any))
	w.get(o+"/apiproducts?expand=true&count=2&startKey=s", new(any))
	w.get(o+"/apps", new(any))
	w.get(o+"/apps?expand=true&includeCred=true&pageSize=1", new(any))
	var groups struct{ EnvironmentGroups []struct{ Name string } }
	w.get(o+"/envgroups?pageSize=50", &groups)
	for _, g := range groups.EnvironmentGroups {
		w.get(o+"/envgroups/"+g.Name+"/attachments", new(any))
	}
}

// deployments lists both kinds under a parent and asks for each single deployment.
func (w walker) deployments(o, parent string) {
	for kind, query := range map[string]string{"apis": "", "sharedflows": "?sharedFlows=true"} {
		var list struct {
			Deployments []struct{ Environment, APIProxy, Revision string }
		}
		w.get(parent+"/deployments"+query, &list)
		for _, d := range list.Deployments {
			asset := "/" + kind + "/" + d.APIProxy
			for _, path := range []string{
				"/environments/" + d.Environment + asset + "/revisions/" + d.Revision, "/environments/" + d.Environment + asset,
				asset + "/revisions/" + d.Revision, asset,
			} {
				w.get(o+path+"/deployments", new(any))
			}
		}
	}
}

// bundles lists one kind and reads all revisions, their metadata and their zips.
func (w walker) bundles(parent string) {
	w.get(parent, new(any))
	list := map[string][]struct {
		Name     string
		Revision []string
	}{}
	w.get(parent+"?includeRevisions=true&includeMetaData=true", &list)
	for key, assets := range list {
		for _, a := range assets {
			w.get(parent+"/"+a.Name, new(any))
			if len(a.Revision) == 0 {
				w.t.Errorf("%s %s has no revisions", key, a.Name)
			}
			for _, number := range a.Revision {
				revision := parent + "/" + a.Name + "/revisions/" + number
				w.get(revision, new(any))
				if zip := get(w.h, revision+"?format=bundle"); zip.Code != http.StatusOK || zip.Body.String()[:2] != "PK" {
					w.t.Errorf("GET %s?format=bundle: status %d, no zip", revision, zip.Code)
				}
			}
		}
	}
}
