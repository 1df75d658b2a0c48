package api

import (
	"cmp"
	"context"
	"slices"
)

// Listed is an organization that the credentials can see.
type Listed struct {
	Name string
	// Location is the data-residency location of its control plane, for [Options.Location]; "" for the global one.
	Location string
}

// organizationsAnswer is ListOrganizationsResponse; that of who sees none is an empty object.
type organizationsAnswer struct{ all []Listed }

func (*organizationsAnswer) bound() *allowance { return newAllowance(maxList) }

func (a *organizationsAnswer) field(r *reader, name string) (bool, error) {
	if name != "organizations" {
		return false, nil
	}
	return true, r.list(name, func() error {
		var m struct {
			Organization string `json:"organization"`
			Location     string `json:"location"`
		}
		err := r.value(&m)
		if m.Location == "global" {
			m.Location = ""
		}
		a.all = append(a.all, Listed{m.Organization, m.Location})
		return err
	})
}

func (*organizationsAnswer) check() error { return nil }

// List names the organizations that the credentials can see, sorted, with one request. Options.Organization is not used.
// A name or location that cannot be one is returned all the same: it fails where it is used, so that it is reported.
func List(ctx context.Context, o Options) ([]Listed, error) {
	o.Organization = ""
	conn, err := dialX(o)
	if err != nil {
		return nil, err
	}
	defer conn.http.CloseIdleConnections()
	return listed(ctx, conn)
}

func listed(ctx context.Context, conn *connection) ([]Listed, error) {
	call := question{operation: operation{
		doing:      "list the organizations that these credentials can see",
		permission: mayListOrganizations,
		missing:    "there is no management API at " + conn.calls.host + ": check --endpoint",
	}}
	answer, err := ask(ctx, conn, conn.calls, call, organizationsAnswer{})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(answer.all, func(a, b Listed) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(answer.all, func(a, b Listed) bool { return a.Name == b.Name }), nil
}
