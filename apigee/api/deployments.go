package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"

	management "google.golang.org/api/apigee/v1"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/crew"
)

const listOperation = "list deployments"

// listing is the answer to one list of deployments, or the reason why it could not be read.
type listing struct {
	kind        apigee.Kind
	environment string // "" for the list of the whole organization
	found       []apigee.Deployment
	problems    []apigee.Problem // entries that are not deployments, or not of that environment
	err         error
	// whole is why the organization's list was refused, for a list of one environment.
	whole error
}

// deploymentsAnswer is ListDeploymentsResponse; that of a list without entries is an empty object.
type deploymentsAnswer struct {
	organization string
	kind         apigee.Kind
	environment  string // the only one asked for, or ""
	found        []apigee.Deployment
	bad          badEntries
	same         intern
}

// badEntries are the entries of a list that cannot be what they should be. A list of nothing else must not become as many
// problems.
type badEntries struct {
	problems []apigee.Problem
	more     int // that are counted only
}

func (b *badEntries) add(p apigee.Problem) {
	const most = 100
	if len(b.problems) < most {
		b.problems = append(b.problems, p)
		return
	}
	b.more++
}

// all are the problems, with one for those that were only counted.
func (b *badEntries) all(organization string) []apigee.Problem {
	if b.more == 0 {
		return b.problems
	}
	return append(b.problems, apigee.Problem{
		Organization: organization, Operation: listOperation,
		Error: fmt.Sprintf("%d more entries of the list are invalid like the first %d, and were not audited", b.more, len(b.problems)),
	})
}

func (*deploymentsAnswer) bound() *allowance { return newAllowance(maxList) }

func (a *deploymentsAnswer) field(r *reader, name string) (bool, error) {
	switch name {
	case "deployments":
	case "environment", "aPIProxy": // of an organization, and of an environment
		return true, &strangerError{apigee.PlatformEdge}
	default:
		return false, nil
	}
	return true, r.list(name, func() error {
		var d management.GoogleCloudApigeeV1Deployment // a JSON null in the list leaves it without a name
		if err := r.value(&d); err != nil {
			return err
		}
		a.add(&d)
		return nil
	})
}

// add takes in one entry. One that cannot be named safely, or that was not asked for, is a problem; the rest goes on.
func (a *deploymentsAnswer) add(answer *management.GoogleCloudApigeeV1Deployment) {
	d := apigee.Deployment{
		Environment: a.same.text(answer.Environment),
		// The name of a shared flow arrives in apiProxy too: the message has no other field for it.
		Revision:   apigee.Revision{Kind: a.kind, Name: answer.ApiProxy, Number: a.same.text(answer.Revision)},
		DeployedAt: answer.DeployStartTime,
	}
	problem, bad := unnamed(a.organization, d)
	if !bad && a.environment != "" && d.Environment != a.environment {
		bad = true
		problem.Error = "the list of environment " + a.environment + " holds a deployment of environment " + d.Environment + ", which was not audited"
	}
	if bad {
		a.bad.add(problem)
		return
	}
	a.found = append(a.found, d)
}

func (*deploymentsAnswer) check() error { return nil }

// intern keeps one copy of texts that a list repeats: environments and revision numbers.
type intern struct{ known map[string]string }

func (i *intern) text(s string) string {
	if kept, ok := i.known[s]; ok {
		return kept
	}
	if i.known == nil {
		i.known = map[string]string{}
	}
	if len(i.known) < maxEntries/10 {
		i.known[s] = s
	}
	return s
}

// Deployments lists proxies and shared flows of the whole organization, in two requests. An account whose role is bound
// to environments is refused those, and asks each environment instead; what is refused there too is a problem. It is an
// error only when nothing could be listed at all.
func (c *X) Deployments(ctx context.Context) (inventory.Listing, error) {
	environments := sync.OnceValues(func() ([]string, error) {
		if known := c.environments(); known != nil {
			return known, nil
		}
		o, err := c.Organization(ctx)
		if err != nil {
			return nil, err
		}
		return o.Environments, nil
	})
	var (
		found    []apigee.Deployment
		problems []apigee.Problem
		refusal  error
		listed   bool
	)
	kinds := []apigee.Kind{apigee.KindProxy, apigee.KindSharedFlow}
	listings := make([][]listing, len(kinds))
	errs := make([]error, len(kinds))
	crew.Each(len(kinds), len(kinds), func(i int) { listings[i], errs[i] = c.listings(ctx, kinds[i], environments) })
	if err := cmp.Or(errs...); err != nil { // the first, so that two runs say the same
		return inventory.Listing{}, err
	}
	for i := range kinds {
		for _, l := range listings[i] {
			if l.err != nil {
				refusal = cmp.Or(refusal, l.whole)
				problems = append(problems, c.unlisted(l))
				continue
			}
			listed = true
			found = append(found, l.found...)
			problems = append(problems, l.problems...)
		}
	}
	if !listed {
		return inventory.Listing{}, refusal
	}
	found = apigee.SortDeployments(found)
	problems = append(problems, strangers(c.conn.organization, c.environments(), found)...)
	problems = append(problems, c.archives(ctx, found, problems)...)
	return inventory.Listing{Deployments: found, Problems: problems}, nil
}

// mayAskEach reports whether the refusal of the organization's list leaves those of its environments to be asked for.
func mayAskEach(refused error) bool { return hasStatus(refused, http.StatusForbidden) }

// listings asks the organization, or where that is refused each of its environments. The error is for what would fail
// everywhere alike.
func (c *X) listings(ctx context.Context, kind apigee.Kind, environments func() ([]string, error)) ([]listing, error) {
	whole := c.list(ctx, kind, "")
	if whole.err == nil {
		return []listing{whole}, nil
	}
	if !mayAskEach(whole.err) {
		return nil, whole.err
	}
	names, err := environments()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		whole.whole = whole.err
		return []listing{whole}, nil
	}
	listings := make([]listing, len(names))
	crew.Each(len(names), cap(c.conn.calls.slots), func(i int) {
		listings[i] = c.list(ctx, kind, names[i])
		listings[i].whole = whole.err
	})
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list the %s deployments: %w", kind.Noun(), err)
	}
	for _, l := range listings {
		if hasStatus(l.err, http.StatusUnauthorized) {
			return nil, l.err
		}
	}
	return listings, nil
}

// list sends one list request; an empty environment stands for the organization.
func (c *X) list(ctx context.Context, kind apigee.Kind, environment string) listing {
	l := listing{kind: kind, environment: environment}
	where := "organization " + c.conn.organization
	if environment != "" {
		where = "environment " + environment
		if l.err = checkName("environment", environment); l.err != nil {
			return l
		}
	}
	call := question{path: c.conn.below("deployments"), operation: operation{
		doing:      "list the " + kind.Noun() + " deployments of " + where,
		permission: mayListDeployments,
		missing:    where + " no longer exists, or is not visible to this account",
	}}
	if environment != "" {
		call.path = c.conn.below("environments", environment, "deployments")
	}
	if kind == apigee.KindSharedFlow {
		call.query = url.Values{"sharedFlows": {"true"}}
	}
	answer, err := ask(ctx, c.conn, c.conn.calls, call, deploymentsAnswer{organization: c.conn.organization, kind: kind, environment: environment})
	if err != nil {
		l.err = err
		return l
	}
	l.found, l.problems = answer.found, answer.bad.all(c.conn.organization)
	return l
}

// unlisted says what it means for the verdict that a list is missing.
func (c *X) unlisted(l listing) apigee.Problem {
	text := reason(l.err) + "; the proxies deployed there were not audited, and a refresh flow among them was not seen"
	if l.kind == apigee.KindSharedFlow {
		text = reason(l.err) + "; the shared flows deployed there are unknown, and what they issue or refresh was not seen"
	}
	p := apigee.Problem{Organization: c.conn.organization, Kind: l.kind, Operation: listOperation, Error: text}
	if checkName("environment", l.environment) == nil {
		p.Environment = l.environment
	}
	return p
}

// strangers are the environments that have deployments and are not among those of the organization, where these are
// known. What is deployed there is audited all the same: which of the two answers is right, nobody can tell.
func strangers(organization string, known []string, sorted []apigee.Deployment) []apigee.Problem {
	if known == nil {
		return nil
	}
	var problems []apigee.Problem
	last := ""
	for _, d := range sorted {
		if d.Environment == last || slices.Contains(known, d.Environment) {
			continue
		}
		last = d.Environment
		problems = append(problems, apigee.Problem{
			Organization: organization, Environment: d.Environment, Operation: listOperation,
			Error: "deployments are listed in this environment, which is not among those of the organization: it was created a moment ago, or one of the two lists is not this organization's; audit again",
		})
	}
	return problems
}

// unnamed is the problem of a deployment whose environment, name or revision is none; bad reports whether it is one.
func unnamed(organization string, d apigee.Deployment) (p apigee.Problem, bad bool) {
	p = apigee.Problem{Organization: organization, Kind: d.Kind, Operation: listOperation}
	environment := checkName("environment", d.Environment)
	if environment == nil {
		p.Environment = d.Environment
	}
	name := checkName(d.Kind.Noun(), d.Name)
	if name == nil {
		p.Name = d.Name
	}
	err := cmp.Or(environment, name, checkRevision(d.Number))
	if err == nil {
		return p, false
	}
	p.Error = err.Error() + "; the deployment was not audited"
	return p, true
}
