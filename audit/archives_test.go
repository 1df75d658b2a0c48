package audit_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
)

// archives is an organization of one environment in which everything given is deployed.
type archives struct {
	bundles map[apigee.Revision]*bundle.Archive
}

func (o *archives) Organization(context.Context) (*apigee.Organization, error) {
	return &apigee.Organization{Name: "acme", Platform: apigee.PlatformX, Environments: []string{"prod"}}, nil
}

func (o *archives) Deployments(context.Context) (inventory.Listing, error) {
	var out []apigee.Deployment
	for r := range o.bundles {
		out = append(out, apigee.Deployment{Environment: "prod", Revision: r})
	}
	return inventory.Listing{Deployments: out}, nil
}

func (o *archives) FlowHooks(context.Context, string) ([]apigee.FlowHook, error) { return nil, nil }

func (o *archives) Bundle(_ context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if a := o.bundles[r]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("no bundle of %s", r)
}

func archiveOf(files map[string]string) *bundle.Archive {
	a := &bundle.Archive{}
	for name, data := range files {
		a.Files = append(a.Files, bundle.File{Name: name, Data: []byte(data)})
	}
	slices.SortFunc(a.Files, func(a, b bundle.File) int { return strings.Compare(a.Name, b.Name) })
	return a
}
