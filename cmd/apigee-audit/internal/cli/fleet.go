package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"apigee-audit/apigee/api"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/cmd/apigee-audit/internal/doctor"
	"apigee-audit/internal/crew"
	"apigee-audit/internal/files"
	"apigee-audit/internal/text"
)

// atOnce is how many organizations are worked on side by side. Each has its own quota and so its own client; what they
// share is this machine's memory and network.
const atOnce = 4

// sideBySide calls work for 0 to n-1, a few at once, and returns when all are done.
func sideBySide(n int, work func(i int)) { crew.Each(n, atOnce, work) }

// handedOver calls work for 0 to n-1, a few at once, and returns what each came to. Work heeds the context; where it does
// not, it is left behind some time after the end of it, and its place stays empty.
func handedOver[T any](ctx context.Context, n int, work func(i int) *T) []*T {
	type outcome struct {
		i     int
		value *T
	}
	done := make(chan outcome, n)
	go sideBySide(n, func(i int) { done <- outcome{i, work(i)} })
	all, tooLate := make([]*T, n), late(ctx)
	for range n {
		select {
		case o := <-done:
			all[o.i] = o.value
		case <-tooLate:
			return all
		}
	}
	return all
}

// visible makes targets of every organization that the credentials can see.
func (a *app) visible(ctx context.Context, c *config.Choices, tokens oauth2.TokenSource) ([]target, error) {
	o := a.options(c, "", c.Endpoint, c.Location, tokens)
	listed, err := api.List(ctx, o)
	switch {
	case ctx.Err() != nil:
		return nil, errors.New(reason(ctx, cmp.Or(err, ctx.Err())))
	case err != nil:
		return nil, err
	case len(listed) == 0:
		return nil, &doctor.AdvisedError{
			Why:    "no organization is visible to these credentials",
			Advice: "grant the account " + c.Platform.Traits().ReadRole + ", or name the organizations with --org; if they are subject to data residency, set --location, because the global endpoint does not list them",
		}
	}
	var all []target
	for _, l := range listed {
		location := c.Location
		if c.Endpoint == "" && l.Location != "" {
			location = l.Location
		}
		all = append(all, a.target(c, l.Name, c.Endpoint, location, tokens))
	}
	return all, nil
}

// snapshots makes targets of the organizations in pulled snapshots; nil where the paths are plain bundles.
func (a *app) snapshots(ctx context.Context, c *config.Choices) (*subject, error) {
	var pulled, plain []string
	for _, p := range c.Paths {
		is, err := files.Await(ctx, func() (bool, error) { return snapshot.IsSnapshot(p), nil })
		if err != nil {
			return nil, err
		}
		if is {
			pulled = append(pulled, p)
		} else {
			plain = append(plain, p)
		}
	}
	switch {
	case len(pulled) == 0:
		return nil, nil
	case len(plain) > 0:
		return nil, usagef("%s is a snapshot and %s is not: scan them separately, and join the JSON reports with merge", pulled[0], plain[0])
	}
	var held []*snapshot.Snapshot
	found := &subject{stop: func() {
		for _, s := range held {
			_ = s.Close() // only read from
		}
	}}
	from := map[string]string{}
	for _, path := range pulled {
		s, err := files.Await(ctx, func() (*snapshot.Snapshot, error) { return snapshot.Open(path, bundle.DefaultLimits()) })
		if err != nil {
			found.stop()
			return nil, err
		}
		held = append(held, s)
		if part := s.Shard(); part != nil {
			if len(pulled) > 1 {
				found.stop()
				return nil, usagef("%s contains only share %d/%d of the organizations: scan the snapshot of each share separately, and join the JSON reports with merge, which checks that none is missing",
					path, part.Index, part.Of)
			}
			found.share = config.Shard{Index: part.Index, Of: part.Of}
		}
		for _, p := range s.Organizations() {
			if other, twice := from[p.Name()]; twice {
				found.stop()
				return nil, usagef("organization %s is in both %s and %s: scan one of them", p.Name(), other, path)
			}
			from[p.Name()] = path
			found.targets = append(found.targets, target{name: p.Name(), complete: p.Complete(), open: func(context.Context) (*opened, error) {
				return &opened{source: p, offline: true, close: func() {}}, nil
			}})
		}
	}
	slices.SortFunc(found.targets, func(a, b target) int { return strings.Compare(a.name, b.name) })
	return found, nil
}

// pick keeps the organizations of a share.
func pick(s config.Shard, all []target) []target {
	return slices.DeleteFunc(all, func(t target) bool { return !s.Has(t.name) })
}

// tellShard says which share this is, because the findings do not show it.
func (a *app) tellShard(c *config.Choices, s *subject) {
	switch {
	case s.share.All() || c.Quiet:
	case len(s.targets) == 0:
		a.say("shard %s contains no organizations: there is nothing to audit, and the report is complete", s.share)
	default:
		a.say("shard %s has %s", s.share, countOf(s.targets))
	}
}

// countOf says how many organizations there are, and names them.
func countOf(targets []target) string {
	return text.Count(len(targets), "organization") + ": " + listed(namesOf(targets))
}

func namesOf(targets []target) []string {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.name
	}
	return names
}
