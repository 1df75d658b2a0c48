package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"apigee-audit/apigee"
)

const hooksOfProd = "/environments/prod/flowhooks/"

func TestFlowHooks(t *testing.T) {
	c, _ := newClient(t, routes(map[string]string{
		hooksOfProd + "PreProxyFlowHook":   `{"flowHookPoint":"PreProxyFlowHook","sharedFlow":"verify","continueOnError":true}`,
		hooksOfProd + "PreTargetFlowHook":  `{"flowHookPoint":"PreTargetFlowHook"}`,
		hooksOfProd + "PostTargetFlowHook": `{"flowHookPoint":"PostTargetFlowHook","continueOnError":true}`,
		hooksOfProd + "PostProxyFlowHook":  `{"flowHookPoint":"PostProxyFlowHook","sharedFlow":"log"}`,
	}))
	got, err := c.FlowHooks(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	want := []apigee.FlowHook{
		{Environment: "prod", Point: apigee.PreProxyFlowHook, SharedFlow: "verify"},
		{Environment: "prod", Point: apigee.PostProxyFlowHook, SharedFlow: "log"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFlowHooksErrors(t *testing.T) {
	hooks := func(first, last string) map[string]string {
		return map[string]string{
			hooksOfProd + "PreProxyFlowHook": first, hooksOfProd + "PreTargetFlowHook": `{"flowHookPoint":"PreTargetFlowHook"}`,
			hooksOfProd + "PostTargetFlowHook": `{"flowHookPoint":"PostTargetFlowHook"}`, hooksOfProd + "PostProxyFlowHook": last,
		}
	}
	tests := []struct {
		name, environment string
		answers           map[string]string
		want              []string
	}{
		{"forbidden: the first point speaks", "prod", hooks("refuse 403", "refuse 403"),
			[]string{"read flow hook PreProxyFlowHook of environment prod", "apigee.flowhooks.getSharedFlow", "roles/apigee.readOnlyAdmin"}},
		{"bad shared flow", "prod", hooks(`{"flowHookPoint":"PreProxyFlowHook"}`, `{"flowHookPoint":"PostProxyFlowHook","sharedFlow":"../x"}`), []string{"PostProxyFlowHook", `"../x" is not a valid shared flow name`}},
		{"bad environment", "prod/../x", nil, []string{`"prod/../x" is not a valid environment name`}},
		{"unknown environment", "gone", nil, []string{"404", "no longer exists"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, _ := newClient(t, routes(test.answers))
			_, err := c.FlowHooks(t.Context(), test.environment)
			wantError(t, err, test.want...)
		})
	}
}
