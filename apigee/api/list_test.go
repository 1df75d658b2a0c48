package api_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/simulator"
)

func TestList(t *testing.T) {
	orgs := []*simulator.Organization{{Name: "b", Location: "eu"}, {Name: "a"}, {Name: "c", Location: "global"}}
	for name, tt := range map[string]struct {
		fault simulator.Fault
		want  []api.Listed
		err   string
	}{
		"all":     {simulator.Fault{Match: "nothing"}, []api.Listed{{Name: "a"}, {Name: "b", Location: "eu"}, {Name: "c"}}, ""},
		"refused": {simulator.Fault{Match: "*/organizations?*", Status: 403}, nil, "apigee.organizations.list"},
	} {
		server := simulator.New(orgs, simulator.Options{Faults: []simulator.Fault{tt.fault}})
		url, stop, err := server.Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		got, err := api.List(t.Context(), api.Options{Endpoint: url, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})})
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
