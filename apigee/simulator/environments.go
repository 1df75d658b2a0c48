package simulator

import (
	"net/http"
	"slices"

	"apigee-audit/apigee"
)

// environment is GoogleCloudApigeeV1Environment.
type environment struct {
	Name                 string `json:"name"`
	DisplayName          string `json:"displayName"`
	State                string `json:"state"`
	DeploymentType       string `json:"deploymentType"`
	APIProxyType         string `json:"apiProxyType"`
	Type                 string `json:"type"`
	HasAttachedFlowHooks bool   `json:"hasAttachedFlowHooks,omitempty"`
	CreatedAt            millis `json:"createdAt"`
	LastModifiedAt       millis `json:"lastModifiedAt"`
}

// flowHook is GoogleCloudApigeeV1FlowHook; without a shared flow only the point is told.
type flowHook struct {
	FlowHookPoint   string `json:"flowHookPoint"`
	SharedFlow      string `json:"sharedFlow,omitempty"`
	ContinueOnError bool   `json:"continueOnError,omitempty"`
}

func getEnvironment(_ *served, e *Environment, _ *http.Request) any {
	return environment{
		Name: e.Name, DisplayName: e.Name, State: "ACTIVE",
		DeploymentType: "PROXY", APIProxyType: "PROGRAMMABLE", Type: "COMPREHENSIVE",
		HasAttachedFlowHooks: len(e.Hooks) > 0,
		CreatedAt:            epoch, LastModifiedAt: epoch,
	}
}

func getFlowHook(_ *served, e *Environment, r *http.Request) any {
	point := r.PathValue("point")
	if !slices.Contains(apigee.HookPoints(), point) {
		return invalid("flow hook point " + point + " is not one of the four of an environment")
	}
	flow := e.Hooks[point]
	return flowHook{point, flow, flow != ""}
}

func listEnvironments(o *served, _ *http.Request) any { return environmentNames(o) }

// listFlowHooks names the points, whether or not anything is attached.
func listFlowHooks(*served, *Environment, *http.Request) any { return apigee.HookPoints() }
