package api

import (
	"cmp"
	"context"
	"slices"

	management "google.golang.org/api/apigee/v1"
	"google.golang.org/api/option"
)

// Listed is an organization that the credentials can see.
type Listed struct {
	Name string
	// Location is the data-residency location of its control plane, for [Options.Location]; "" for the global one.
	Location string
}

// List names the organizations that the credentials can see, sorted, with one request. Options.Organization is not used.
// A name or location that cannot be one is returned all the same: it fails where it is used, so that it is reported.
func List(ctx context.Context, o Options) ([]Listed, error) {
	o.Organization = ""
	conn, err := dial(o)
	if err != nil {
		return nil, err
	}
	defer conn.http.CloseIdleConnections()
	service, err := management.NewService(ctx, option.WithHTTPClient(conn.http))
	if err != nil {
		return nil, err
	}
	service.BasePath, service.UserAgent = conn.endpoint.String()+"/", conn.userAgent // see New
	call := operation{
		doing:      "list the organizations that these credentials can see",
		permission: "apigee.organizations.list",
		missing:    "there is no management API at " + conn.calls.host + ": check --endpoint",
	}
	answer, err := do(ctx, conn.calls, call, func(ctx context.Context) (*management.GoogleCloudApigeeV1ListOrganizationsResponse, error) {
		return service.Organizations.List("organizations").Context(ctx).Do()
	})
	if err != nil {
		return nil, err
	}
	var all []Listed
	for _, m := range answer.Organizations {
		if m == nil {
			continue
		}
		l := Listed{m.Organization, m.Location}
		if l.Location == "global" {
			l.Location = ""
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Listed) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b Listed) bool { return a.Name == b.Name }), nil
}
