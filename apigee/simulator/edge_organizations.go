package simulator

import (
	"net/http"
	"slices"

	"apigee-audit/apigee"
)

// edgeMade is who made what when. Times are numbers on Edge, milliseconds since 1970.
type edgeMade struct {
	CreatedAt      int64  `json:"createdAt"`
	CreatedBy      string `json:"createdBy"`
	LastModifiedAt int64  `json:"lastModifiedAt"`
	LastModifiedBy string `json:"lastModifiedBy"`
}

func edgeMadeAt(first, last millis) edgeMade {
	const who = "admin@example.com"
	return edgeMade{int64(first), who, int64(last), who}
}

func edgeOrganization(o *served, _ *http.Request) any {
	type property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	answer := struct {
		Name         string   `json:"name"`
		DisplayName  string   `json:"displayName"`
		Type         string   `json:"type"`
		Environments []string `json:"environments"`
		Properties   struct {
			All []property `json:"property"`
		} `json:"properties"`
		edgeMade
	}{Name: o.Name, DisplayName: o.Name, Type: "paid", Environments: environmentNames(o), edgeMade: edgeMadeAt(epoch, epoch)}
	answer.Properties.All = []property{{"features.isCpsEnabled", "true"}}
	return answer
}

func environmentNames(o *served) []string {
	names := []string{} // an empty list is [] and not null
	for _, e := range o.Environments {
		names = append(names, e.Name)
	}
	return names
}

func edgeEnvironment(_ *served, e *Environment, _ *http.Request) any {
	return struct {
		Name string `json:"name"`
		edgeMade
	}{e.Name, edgeMadeAt(epoch, epoch)}
}

func edgeFlowHook(_ *served, e *Environment, r *http.Request) any {
	point := r.PathValue("point")
	if !slices.Contains(apigee.HookPoints(), point) {
		return refusal(http.StatusBadRequest, "simulator.NoSuchFlowHook", point+" is not a flow hook")
	}
	return struct {
		ContinueOnError bool   `json:"continueOnError"`
		SharedFlow      string `json:"sharedFlow,omitempty"`
	}{true, e.Hooks[point]}
}
