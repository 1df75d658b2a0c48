package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// archives is an organization of one environment in which everything given is deployed.
type archives struct {
	bundles map[apigee.Revision]*apigee.Archive
}

func (o *archives) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"prod"}}, nil
}

func (o *archives) Deployments(context.Context) (apigee.Listing, error) {
	var out []apigee.Deployment
	for r := range o.bundles {
		out = append(out, apigee.Deployment{Environment: "prod", Revision: r})
	}
	return apigee.Listing{Deployments: out}, nil
}

func (o *archives) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) { return nil, nil }

func (o *archives) Bundle(_ context.Context, r apigee.Revision) (*apigee.Archive, error) {
	if a := o.bundles[r]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("no bundle of %s", r)
}

func archiveOf(files map[string]string) *apigee.Archive {
	a := &apigee.Archive{}
	for name, data := range files {
		a.Files = append(a.Files, apigee.File{Name: name, Data: []byte(data)})
	}
	slices.SortFunc(a.Files, func(a, b apigee.File) int { return strings.Compare(a.Name, b.Name) })
	return a
}
