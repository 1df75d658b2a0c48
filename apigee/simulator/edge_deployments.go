package simulator

import (
	"cmp"
	"encoding/hex"
	"hash/fnv"
	"net/http"
	"strconv"

	"apigee-audit/apigee"
)

// edgeDeployed is a revision in a list of deployments. Whoever asks for it may leave out all but name and state.
type edgeDeployed struct {
	Configuration *edgeConfiguration `json:"configuration,omitempty"`
	Name          string             `json:"name"`
	Server        []edgeServer       `json:"server,omitempty"`
	State         string             `json:"state"`
}

type edgeConfiguration struct {
	BasePath string   `json:"basePath"`
	Steps    []string `json:"steps"`
}

// edgeServer is a message processor, with what it says of a revision.
type edgeServer struct {
	Error     string   `json:"error,omitempty"`
	ErrorCode string   `json:"errorCode,omitempty"`
	Pod       edgePod  `json:"pod"`
	Status    string   `json:"status"`
	Type      []string `json:"type"`
	UUID      string   `json:"uUID"`
}

type edgePod struct {
	Name   string `json:"name"`
	Region string `json:"region"`
}

// edgeNamed is a proxy, or an environment of a proxy, with its deployed revisions.
type edgeNamed struct {
	Name      string         `json:"name"`
	Revisions []edgeDeployed `json:"revision"`
}

// edgeProxies is what an environment has deployed; the key is spelled as Edge spells it, for shared flows too.
type edgeProxies struct {
	Proxies      []edgeNamed `json:"aPIProxy"`
	Name         string      `json:"name"`
	Organization string      `json:"organization,omitempty"`
}

// edgeView is how much a request wants to know of each deployment. By default that is everything.
type edgeView struct{ servers, configuration bool }

func edgeViewOf(r *http.Request) edgeView {
	q := r.URL.Query()
	return edgeView{servers: q.Get("includeServerStatus") != "false", configuration: q.Get("includeApiConfig") != "false"}
}

// edgeDeployments lists proxies only, whatever is asked for: the flag sharedFlows is known for environments alone.
func edgeDeployments(o *served, r *http.Request) any {
	all := []edgeProxies{}
	for i := range o.Environments {
		in := o.deployedIn(&o.Environments[i], apigee.KindProxy, edgeViewOf(r))
		in.Organization = ""
		all = append(all, in)
	}
	return struct {
		Environments []edgeProxies `json:"environment"`
		Name         string        `json:"name"`
	}{all, o.Name}
}

// edgeEnvironmentDeployments lists proxies, or the shared flows with a flag that is not documented and that apigeetool
// and sackmesser send.
func edgeEnvironmentDeployments(o *served, e *Environment, r *http.Request) any {
	kind := apigee.KindProxy
	if r.URL.Query().Get("sharedFlows") == "true" {
		kind = apigee.KindSharedFlow
	}
	return o.deployedIn(e, kind, edgeViewOf(r))
}

func (o *served) deployedIn(e *Environment, kind apigee.Kind, view edgeView) edgeProxies {
	list := edgeProxies{[]edgeNamed{}, e.Name, o.Name}
	at := map[string]int{}
	for _, d := range e.Deployed {
		if d.Kind != kind {
			continue
		}
		i, seen := at[d.Name]
		if !seen {
			i = len(list.Proxies)
			at[d.Name] = i
			list.Proxies = append(list.Proxies, edgeNamed{Name: d.Name})
		}
		list.Proxies[i].Revisions = append(list.Proxies[i].Revisions, o.deployedAs(e, d, view))
	}
	return list
}

// processors is how many message processors an environment has.
const processors = 2

func (o *served) deployedAs(e *Environment, r apigee.Revision, view edgeView) edgeDeployed {
	d := edgeDeployed{Name: r.Number, State: "deployed"}
	failing := min(e.Failing[r], processors)
	if failing > 0 {
		d.State = "error"
	}
	if view.configuration {
		d.Configuration = &edgeConfiguration{cmp.Or(e.BasePaths[r], "/"), []string{}}
	}
	for i := range processors {
		s := edgeServer{Pod: edgePod{"gateway-1", "eu-west-1"}, Status: "deployed", Type: []string{"message-processor"}, UUID: serverID(o.Name, e.Name, i)}
		if i < failing {
			s.Status, s.Error, s.ErrorCode = "error", "Call timed out; either server is down or server is not reachable", "messaging.runtime.CallTimedOut"
		}
		if view.servers {
			d.Server = append(d.Server, s)
		}
	}
	return d
}

// serverID is the same for the same message processor at all times.
func serverID(organization, environment string, i int) string {
	h := fnv.New128a()
	h.Write([]byte(strconv.Itoa(i) + "/" + organization + "/" + environment))
	id := hex.EncodeToString(h.Sum(nil))
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// edgeAssetDeployments is where one proxy or shared flow is deployed.
func edgeAssetDeployments(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		if len(o.numbers[ref]) == 0 {
			return unknownAsset(ref)
		}
		all := []edgeNamed{}
		for i := range o.Environments {
			e := &o.Environments[i]
			if here := o.revisionsIn(e, ref, edgeViewOf(r)); len(here) > 0 {
				all = append(all, edgeNamed{e.Name, here})
			}
		}
		return struct {
			Environments []edgeNamed `json:"environment"`
			Name         string      `json:"name"`
			Organization string      `json:"organization"`
		}{all, ref.Name, o.Name}
	}
}

func (o *served) revisionsIn(e *Environment, ref apigee.Ref, view edgeView) []edgeDeployed {
	var all []edgeDeployed
	for _, d := range e.Deployed {
		if d.Ref() == ref {
			all = append(all, o.deployedAs(e, d, view))
		}
	}
	return all
}

// edgeAssetIn is what of one proxy or shared flow is deployed in an environment, which is a text here.
func edgeAssetIn(kind apigee.Kind) func(*served, *Environment, *http.Request) any {
	return func(o *served, e *Environment, r *http.Request) any {
		ref := apigee.Ref{Kind: kind, Name: r.PathValue("name")}
		if len(o.numbers[ref]) == 0 {
			return unknownAsset(ref)
		}
		here := o.revisionsIn(e, ref, edgeViewOf(r))
		if len(here) == 0 {
			return refusal(http.StatusBadRequest, "distribution.ApplicationNotDeployed", "Application "+ref.Name+" is not deployed in environment "+e.Name)
		}
		return struct {
			Environment  string         `json:"environment"`
			Name         string         `json:"name"`
			Organization string         `json:"organization"`
			Revisions    []edgeDeployed `json:"revision"`
		}{e.Name, ref.Name, o.Name, here}
	}
}

// edgeRevisionDeployments is where one revision is deployed.
func edgeRevisionDeployments(kind apigee.Kind) endpoint {
	return func(o *served, r *http.Request) any {
		id, bad := o.revisionAsked(kind, r)
		if bad != nil {
			return bad
		}
		all := []edgeDeployed{}
		for i := range o.Environments {
			e := &o.Environments[i]
			if here, ok := o.revisionIn(e, id, edgeViewOf(r)); ok {
				here.Name = e.Name
				all = append(all, here)
			}
		}
		if len(all) == 0 {
			return revisionNotDeployed(id)
		}
		asset := edgeAssetName(id)
		return struct {
			APIProxy     string         `json:"aPIProxy,omitempty"`
			Environments []edgeDeployed `json:"environment"`
			Name         string         `json:"name"`
			Organization string         `json:"organization"`
			SharedFlow   string         `json:"sharedFlow,omitempty"`
		}{asset.proxy, all, id.Number, o.Name, asset.sharedFlow}
	}
}

// edgeRevisionIn is one revision in one environment.
func edgeRevisionIn(kind apigee.Kind) func(*served, *Environment, *http.Request) any {
	return func(o *served, e *Environment, r *http.Request) any {
		id, bad := o.revisionAsked(kind, r)
		if bad != nil {
			return bad
		}
		here, ok := o.revisionIn(e, id, edgeViewOf(r))
		if !ok {
			return revisionNotDeployed(id)
		}
		asset := edgeAssetName(id)
		return struct {
			APIProxy     string `json:"aPIProxy,omitempty"`
			Environment  string `json:"environment"`
			Organization string `json:"organization"`
			Revision     string `json:"revision"`
			SharedFlow   string `json:"sharedFlow,omitempty"`
			edgeDeployed
		}{asset.proxy, e.Name, o.Name, id.Number, asset.sharedFlow, here}
	}
}

func revisionNotDeployed(r apigee.Revision) *edgeError {
	return refusal(http.StatusBadRequest, "distribution.RevisionNotDeployed", "RevisionNumber "+r.Number+" for application "+r.Name+" is not deployed")
}

func (o *served) revisionAsked(kind apigee.Kind, r *http.Request) (apigee.Revision, *edgeError) {
	id := apigee.Revision{Kind: kind, Name: r.PathValue("name"), Number: r.PathValue("rev")}
	if _, ok := o.revisions[id]; !ok {
		return id, unknownRevision(id)
	}
	return id, nil
}

func (o *served) revisionIn(e *Environment, id apigee.Revision, view edgeView) (edgeDeployed, bool) {
	for _, d := range e.Deployed {
		if d == id {
			return o.deployedAs(e, d, view), true
		}
	}
	return edgeDeployed{}, false
}

// edgeAssetNames is a name under the key that its kind has.
type edgeAssetNames struct{ proxy, sharedFlow string }

func edgeAssetName(r apigee.Revision) edgeAssetNames {
	if r.Kind == apigee.KindSharedFlow {
		return edgeAssetNames{sharedFlow: r.Name}
	}
	return edgeAssetNames{proxy: r.Name}
}
