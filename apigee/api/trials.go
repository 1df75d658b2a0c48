package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/text"
)

// Trial is a call of a kind that an audit makes, made once to see whether it works.
type Trial struct {
	Name string // what it reads: "proxy deployments"
	// Permission is what IAM wants for it, and Role a role that has that. Edge has roles alone.
	Permission, Role string
	Found            string // what the answer says, in words
	Err              error  // why there is none
	// Partly is why the list of the organization was refused, where that of an environment was not.
	Partly error
	// Skipped is why the call was not made.
	Skipped string
	// Spare reports whether an audit of this organization does without it, as things are.
	Spare bool
}

// Trials are the calls that were tried, in the order in which an audit makes them.
type Trials struct {
	Calls []Trial
	Lists int // how many of them there are up to the last list of deployments
	// Listed reports whether all lists of deployments could be read, and Deployments how many they hold.
	Listed      bool
	Deployments int
	Endpoint    string // where the organization is
}

// Extras are the records that are tried in addition to what every audit reads.
type Extras struct{ Traffic, Reach, Apps, DebugMasks bool }

// Try makes each kind of call that an audit of an organization makes, once: about a dozen requests. Where one depends on
// another that fails, it is skipped.
func Try(ctx context.Context, p apigee.Platform, o Options, extra Extras) Trials {
	if p == apigee.PlatformEdge {
		e, err := NewEdge(o)
		if err != nil {
			return Trials{Calls: []Trial{{Name: organizationTrial, Err: err}}}
		}
		defer e.Close()
		return e.try(ctx, extra)
	}
	return tryX(ctx, o, extra)
}

// trials are the calls so far, of one organization.
type trials struct {
	Trials
	ctx          context.Context
	conn         *connection
	environments []string
	deployed     []apigee.Deployment
	over         string // why nothing else is tried
}

// try makes a call and notes what came of it; it reports whether the call was answered.
func (t *trials) try(name, permission string, call func() (found string, err error)) bool {
	trial := t.about(name, permission)
	switch {
	case t.over != "":
		trial.Skipped = t.over
	case t.ctx.Err() != nil:
		trial.Err = t.ctx.Err()
	default:
		trial.Found, trial.Err = call()
	}
	switch _, gaveUp := errors.AsType[*inventory.GaveUpError](trial.Err); {
	case t.over != "":
	case hasStatus(trial.Err, http.StatusUnauthorized):
		t.over = "the credentials are refused"
	case gaveUp, isStrange(trial.Err):
		t.over = "there was no usable answer to the call above"
	}
	t.Calls = append(t.Calls, trial)
	return trial.Err == nil && trial.Skipped == ""
}

func (t *trials) about(name, permission string) Trial {
	trial := Trial{Name: name, Permission: permission}
	if permission != "" {
		trial.Role = roleWith(permission)
	}
	return trial
}

// skip notes a call that is not made.
func (t *trials) skip(name, permission, why string) {
	trial := t.about(name, permission)
	trial.Skipped = why
	if t.over != "" {
		trial.Skipped = t.over
	}
	t.Calls = append(t.Calls, trial)
}

// last is the call that was tried last.
func (t *trials) last() *Trial { return &t.Calls[len(t.Calls)-1] }

// organizationTrial is the name of the call that all others depend on.
const organizationTrial = "organization"

// organization tries what everything else depends on.
func (t *trials) organization(permission string, read func(context.Context) (*apigee.Organization, error)) {
	if t.try(organizationTrial, permission, func() (string, error) {
		o, err := read(t.ctx)
		if err != nil {
			return "", err
		}
		t.environments = slices.DeleteFunc(o.Environments, func(name string) bool { return checkName("environment", name) != nil })
		return text.Count(len(o.Environments), "environment"), nil
	}) {
		return
	}
	if t.over == "" {
		t.over = "the organization could not be read"
	}
}

// busy is the first environment with something deployed, and idle the first without; "" where there is none.
func (t *trials) busy() string {
	if len(t.deployed) == 0 {
		return ""
	}
	return slices.MinFunc(t.deployed, func(a, b apigee.Deployment) int { return strings.Compare(a.Environment, b.Environment) }).Environment
}

func (t *trials) idle() string {
	i := slices.IndexFunc(t.environments, func(name string) bool {
		return !slices.ContainsFunc(t.deployed, func(d apigee.Deployment) bool { return d.Environment == name })
	})
	if i < 0 {
		return ""
	}
	return t.environments[i]
}

// found takes in the deployments of a list, and says how many they are.
func (t *trials) found(kind apigee.Kind, deployed []apigee.Deployment) string {
	t.deployed = append(t.deployed, deployed...)
	t.Deployments += len(deployed)
	names, environments := map[string]bool{}, map[string]bool{}
	for _, d := range deployed {
		names[d.Name], environments[d.Environment] = true, true
	}
	if len(deployed) == 0 {
		return "none"
	}
	return text.Count(len(names), kind.Noun()) + " deployed in " + text.Count(len(environments), "environment")
}

// inBusy tries a call about an environment with something deployed, as an audit makes it for each. all are the things that it reads.
func (t *trials) inBusy(name, permission, all string, call func(environment string) (found string, err error)) {
	environment := t.busy()
	if environment == "" {
		t.skip(name, permission, all+" are read where something is deployed")
		return
	}
	t.try(name, permission, func() (string, error) { return call(environment) })
}

// hook tries one of the four hook points.
func (t *trials) hook(permission string) {
	point := apigee.HookPoints()[0]
	t.inBusy("flow hook", permission, "flow hooks", func(environment string) (string, error) {
		attached, err := t.conn.hook(t.ctx, environment, point)
		if t.conn.platform == apigee.PlatformEdge && hasStatus(err, http.StatusNotFound) {
			return "the management server has none", nil // as FlowHooks takes it
		}
		if attached == "" {
			attached = "nothing"
		}
		return attached + " attached to " + point + " of environment " + environment, err
	})
}

// bundle tries the download of one deployed revision.
func (t *trials) bundle(kind apigee.Kind, permission string) {
	name := kind.Noun() + " bundle"
	i := slices.IndexFunc(t.deployed, func(d apigee.Deployment) bool { return d.Kind == kind })
	if i < 0 {
		t.skip(name, permission, "no deployed "+kind.Noun()+" is known")
		return
	}
	r := t.deployed[i].Revision
	t.try(name, permission, func() (string, error) {
		archive, err := t.conn.bundle(t.ctx, r)
		if err != nil {
			return "", err
		}
		return r.String() + ", " + text.Count(len(archive.Files), "file"), nil
	})
}

// analytics tries a query about the last hour.
func (t *trials) analytics(permission string, ask func(context.Context, apigee.TrafficQuery) (*apigee.Traffic, error)) {
	now := time.Now().Truncate(time.Minute)
	t.inBusy("analytics", permission, "analytics", func(environment string) (string, error) {
		_, err := ask(t.ctx, apigee.TrafficQuery{
			Environment: environment, Window: apigee.Window{Start: now.Add(-time.Hour), End: now}, Dimensions: []string{apigee.DimensionProxy},
		})
		return "of environment " + environment, err
	})
}

// tryX tries the calls of X and hybrid.
func tryX(ctx context.Context, o Options, extra Extras) Trials {
	t := &trials{ctx: ctx}
	c := &X{} // stays empty where the organization cannot be read; then no other call is made
	t.organization(mayReadOrganization, func(ctx context.Context) (*apigee.Organization, error) {
		opened, err := Open(ctx, o)
		if err != nil {
			return nil, err
		}
		c = opened
		t.conn, t.Endpoint = c.conn, c.Endpoint()
		return c.Organization(ctx)
	})
	if c.conn != nil {
		defer c.Close()
	}
	proxies := c.tryList(t, apigee.KindProxy)
	t.Listed = c.tryList(t, apigee.KindSharedFlow) && proxies
	t.Lists = len(t.Calls)
	t.deployed = apigee.SortDeployments(t.deployed)
	c.tryEnvironment(t)
	t.hook(mayReadFlowHook)
	t.bundle(apigee.KindProxy, mayReadProxy)
	t.bundle(apigee.KindSharedFlow, mayReadSharedFlow)
	if extra.Traffic {
		t.analytics(mayReadAnalytics, c.Traffic)
	}
	if extra.Reach {
		c.tryReach(t, extra.Apps)
	}
	if extra.DebugMasks {
		c.tryMask(t)
	}
	return t.Trials
}

// tryList tries the list of the organization. An account whose role is bound to environments is refused that one; then the
// list of one environment is tried, as an audit tries that of each.
func (c *X) tryList(t *trials, kind apigee.Kind) bool {
	var refused error
	answered := t.try(kind.Noun()+" deployments", mayListDeployments, func() (string, error) {
		list := c.list(t.ctx, kind, "")
		if mayAskEach(list.err) && len(t.environments) > 0 {
			if one := c.list(t.ctx, kind, t.environments[0]); one.err == nil {
				list, refused = one, list.err
			}
		}
		if list.err != nil {
			return "", list.err
		}
		return t.found(kind, list.found), nil
	})
	t.last().Partly = refused
	return answered
}

// tryEnvironment tries what is asked about an environment without deployments.
func (c *X) tryEnvironment(t *trials) {
	const name = "environment"
	environment, needed := t.idle(), true
	if environment == "" {
		environment, needed = t.busy(), false
	}
	if environment == "" {
		t.skip(name, mayReadEnvironment, "the organization has no environments")
		return
	}
	t.try(name, mayReadEnvironment, func() (string, error) {
		_, err := c.environment(t.ctx, environment)
		return environment, err
	})
	t.last().Spare = !needed
}

// tryReach tries one entry of each list.
func (c *X) tryReach(t *trials, apps bool) {
	group := ""
	t.try("environment groups", mayListGroups, func() (string, error) {
		all, err := first(t.ctx, c.conn, c.askGroups(), "pageSize", page[apigee.EnvironmentGroup]{key: "environmentGroups", read: readGroup})
		if len(all) == 0 || err != nil {
			return "none", err
		}
		group = all[0].Name
		return group + ", for one", checkName("environment group", group)
	})
	const attachments = "environments of a group"
	if group == "" {
		t.skip(attachments, mayListAttachments, "no environment group is known")
	} else {
		t.try(attachments, mayListAttachments, func() (string, error) {
			_, err := first(t.ctx, c.conn, c.askAttachments(group), "pageSize", page[string]{key: "environmentGroupAttachments", read: readAttachment})
			return "of group " + group, err
		})
	}
	product := ""
	t.try("API products", mayListProducts, func() (string, error) {
		call := c.askProducts()
		call.query = url.Values{"expand": {"true"}}
		all, err := first(t.ctx, c.conn, call, "count", page[apigee.Product]{key: "apiProduct", read: readProduct})
		if len(all) == 0 || err != nil {
			return "none", err
		}
		product = all[0].Name
		return product + ", for one", nil
	})
	if !apps {
		return
	}
	const ofProduct = "apps of a product"
	if product == "" {
		t.skip(ofProduct, mayListApps, "no API product is known")
		return
	}
	t.try(ofProduct, mayListApps, func() (string, error) {
		_, err := first(t.ctx, c.conn, c.askApps(product), "pageSize", page[apigee.App]{key: "app", read: readApp})
		return "of product " + product, err
	})
}

// first is the list with one entry at most, as far as the server keeps to what it is asked.
func first[T any](ctx context.Context, c *connection, q question, size string, empty page[T]) ([]T, error) {
	query := url.Values{size: {"1"}}
	maps.Copy(query, q.query)
	q.query = query
	answer, err := ask(ctx, c, c.calls, q, empty)
	if err != nil {
		return nil, err
	}
	return answer.all, nil
}

// tryMask tries the debug mask of one environment.
func (c *X) tryMask(t *trials) {
	t.inBusy("debug mask", mayReadMask, "debug masks", func(environment string) (string, error) {
		_, err := c.DebugMask(t.ctx, environment)
		return "of environment " + environment, err
	})
}
