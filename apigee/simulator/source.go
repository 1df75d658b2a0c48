package simulator

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
)

// Refused are the questions about an organization that nobody can answer, each with the reason. They are refused as if the account
// lacked a permission, so that no answer is taken for "nothing". What is "" is answered.
type Refused struct {
	Deployments string
	Hooks       map[string]string // by environment
	// Records are analytics, host names, API products, apps and debug masks.
	Records string
}

// FromSource makes an organization of everything that a source answers, such as a snapshot. Bundles are asked for when they are
// requested, and served as they are, byte for byte. What the source cannot tell is refused. The error is for a source that cannot
// tell anything of the organization.
func FromSource(ctx context.Context, src inventory.Source) (*Organization, error) {
	about, err := src.Organization(ctx)
	if err != nil {
		return nil, err
	}
	listing, err := src.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	o := &Organization{Name: about.Name, Refused: Refused{Hooks: map[string]string{}, Records: "only the organization itself can tell: they are not in what is served here"}}
	if n := len(listing.Problems); n > 0 {
		p := listing.Problems[0]
		o.Refused.Deployments = fmt.Sprintf("not all deployments are known: %s: %s", p.Operation, p.Error)
		if n > 1 {
			o.Refused.Deployments += fmt.Sprintf(" (and %d more)", n-1)
		}
	}
	at := map[string]int{}
	environment := func(name string) *Environment {
		i, known := at[name]
		if !known {
			i = len(o.Environments)
			at[name] = i
			o.Environments = append(o.Environments, Environment{
				Name: name, Hooks: map[string]string{}, Failing: map[apigee.Revision]int{}, DeployedAt: map[apigee.Revision]int64{},
			})
		}
		return &o.Environments[i]
	}
	for _, name := range about.Environments {
		environment(name)
	}
	served := map[apigee.Revision]bool{}
	for _, d := range listing.Deployments {
		e := environment(d.Environment)
		e.Deployed = append(e.Deployed, d.Revision)
		e.DeployedAt[d.Revision] = d.DeployedAt
		if d.Partly != "" {
			e.Failing[d.Revision] = 1
		}
		if !served[d.Revision] {
			served[d.Revision] = true
			o.Bundles = append(o.Bundles, Bundle{Revision: d.Revision, Packed: func() ([]byte, error) {
				archive, err := src.Bundle(context.WithoutCancel(ctx), d.Revision)
				if err != nil {
					return nil, err
				}
				return archive.Zip, nil
			}})
		}
	}
	for i := range o.Environments {
		e := &o.Environments[i]
		hooks, err := src.FlowHooks(ctx, e.Name)
		if err != nil {
			o.Refused.Hooks[e.Name] = err.Error()
			continue
		}
		for _, h := range hooks {
			e.Hooks[h.Point] = h.SharedFlow
		}
	}
	return o, nil
}

// refuses says why a question of a kind, which the pattern of its path tells, is not answered; "" where it is.
func (o *served) refuses(pattern string, r *http.Request) string {
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	about := func(names ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(names, p) })
	}
	switch {
	case about("deployments"):
		return o.Refused.Deployments
	case about("flowhooks"):
		return o.Refused.Hooks[r.PathValue("env")]
	case about("stats", "envgroups", "apiproducts", "apps", "debugmask", "virtualhosts"):
		return o.Refused.Records
	}
	return ""
}
