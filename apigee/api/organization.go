package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// organizationAnswer is as much of GoogleCloudApigeeV1Organization as is read.
type organizationAnswer struct {
	asked        string
	name         string
	environments []string
	runtime      string // CLOUD or HYBRID
	kind         string // paid or trial on Edge; X has other words for it, in capitals
}

func (*organizationAnswer) bound() *allowance { return newAllowance(maxOrganization) }

func (a *organizationAnswer) field(r *reader, name string) (bool, error) {
	switch name {
	case "name":
		return true, r.value(&a.name)
	case "runtimeType":
		return true, r.value(&a.runtime)
	case "type":
		return true, r.value(&a.kind)
	case "environments":
		return true, r.list(name, func() error {
			var environment string
			err := r.value(&environment)
			a.environments = append(a.environments, environment)
			return err
		})
	}
	return false, nil
}

func (a *organizationAnswer) check() error {
	if a.runtime == "" && (a.kind == "paid" || a.kind == "trial") {
		return &strangerError{apigee.PlatformEdge}
	}
	return aboutOrganization(a.asked, a.name)
}

// aboutOrganization is about for organizations, whose names Edge takes in upper and lower case alike.
func aboutOrganization(asked, told string) error {
	told = strings.TrimPrefix(told, "organizations/")
	if strings.EqualFold(asked, told) {
		return nil
	}
	return about("organization", asked, told)
}

// about is the error of an answer that is about something else than was asked for, or does not say what it is about.
func about(what, asked, told string) error {
	switch told {
	case asked:
		return nil
	case "":
		return &contentError{"the answer does not say which " + what + " it is about"}
	}
	return &contentError{fmt.Sprintf("the answer is about %s %s", what, text.QuoteSaid(told))}
}

// Organization reads the names of the organization's environments. They come as the server spells them, sorted: one that
// is not a name fails where it is used, so that it is reported rather than forgotten.
func (c *X) Organization(ctx context.Context) (*apigee.Organization, error) {
	if c.organization != nil {
		known := *c.organization // the caller may change what it gets
		return &known, nil
	}
	name := c.conn.organization
	call := question{path: c.conn.below(), operation: operation{
		doing:      "read organization " + name,
		permission: mayReadOrganization,
		missing:    "the name is wrong, or the organization is not visible to this account or not at " + c.conn.calls.host + ": check --org, the account and --location",
		// Google does not distinguish an unknown organization from a forbidden one.
		forbidden: "; or there is no organization of that name: check --org, and use --platform edge if it is on Apigee Edge",
	}}
	answer, err := ask(ctx, c.conn, c.conn.calls, call, organizationAnswer{asked: name})
	if err != nil {
		return nil, err
	}
	c.runtime.Store(&answer.runtime)
	environments := append([]string{}, answer.environments...)
	slices.Sort(environments)
	environments = slices.Compact(environments)
	c.listedEnvironments.Store(&environments)
	return &apigee.Organization{
		Name:         name,
		Platform:     apigee.PlatformX,
		Environments: slices.Clone(environments),
		Endpoint:     c.conn.googles(),
	}, nil
}

// environments are the names that Organization last read, or nil when it was not called.
func (c *X) environments() []string {
	if known := c.listedEnvironments.Load(); known != nil {
		return *known
	}
	return nil
}
