package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"slices"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
	"apigee-audit/apigee/cache"
	"apigee-audit/apigee/simulator"
	"apigee-audit/apigee/snapshot"
	"apigee-audit/internal/files"
)

// target is one organization to audit.
type target struct {
	name  string
	loose bool // no organization: bundles from disk
	open  func(context.Context) (*opened, error)
}

// opened is an organization that can be read.
type opened struct {
	source   apigee.Source
	evidence apigee.EvidenceSource // what else the organization can tell; nil for what lies on disk
	cache    *cache.Source         // the one that the source takes bundles from; nil without
	offline  bool                  // bundles cost no request
	close    func()                // lets go of what was opened
}

// targets lists the organizations that the choices name, this process's share of them; stop releases what serves them.
// There is none only where the share is empty.
func (a *app) targets(ctx context.Context, c *choices) (all []target, stop func(), err error) {
	if all, stop, err = a.everyTarget(ctx, c); err != nil {
		return nil, nil, err
	}
	if len(c.paths) == 0 {
		all = c.shard.pick(all)
	}
	a.tellShard(c, all)
	return all, stop, nil
}

func (a *app) everyTarget(ctx context.Context, c *choices) (all []target, stop func(), err error) {
	stop = func() {}
	switch {
	case len(c.paths) > 0:
		return a.onDisk(ctx, c)
	case c.Demo:
		return a.demo(ctx, c)
	}
	tokens, credentialsErr := a.tokens(ctx, c)
	if c.AllOrgs {
		if credentialsErr != nil {
			return nil, stop, credentialsErr
		}
		all, err = a.visible(ctx, c, tokens)
		return all, stop, err
	}
	slices.Sort(c.Org)
	for _, org := range slices.Compact(c.Org) {
		all = append(all, target{name: org, open: func(ctx context.Context) (*opened, error) {
			if credentialsErr != nil {
				return nil, credentialsErr
			}
			return a.client(ctx, c, org, c.Endpoint, c.Location, tokens)
		}})
	}
	return all, stop, nil
}

// onDisk makes targets of the PATHs: of the organizations in snapshots, or one of all loose bundles together. Where the
// search for them is cut off, that is what the report says.
func (a *app) onDisk(ctx context.Context, c *choices) ([]target, func(), error) {
	all, stop, ok, err := a.snapshots(ctx, c)
	if ok || err != nil && ctx.Err() == nil {
		return all, stop, err
	}
	src, err := files.Await(ctx, func() (*snapshot.Source, error) { return snapshot.Open(ctx, c.paths, apigee.DefaultLimits()) })
	switch {
	case err == nil:
		src.Platform = c.platform()
	case ctx.Err() == nil:
		return nil, nil, pathError(err)
	}
	return []target{{name: snapshot.Name, loose: true, open: func(context.Context) (*opened, error) {
		if err != nil {
			return nil, err
		}
		return &opened{source: src, close: src.Close}, nil
	}}}, func() {}, nil
}

// demo serves the sample organizations on loopback, so that a demonstration takes the same way as a real audit.
func (a *app) demo(ctx context.Context, c *choices) ([]target, func(), error) {
	token := rand.Text()
	orgs := simulator.Demo()
	serve := simulator.New
	if c.platform() == apigee.PlatformEdge {
		serve = simulator.NewEdge
	}
	url, stop, err := serve(orgs, simulator.Options{Token: token, Logger: a.logger(c.Verbose)}).Start(ctx)
	if err != nil {
		return nil, func() {}, err
	}
	tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})
	demo := *c
	demo.NoCache = true // made-up organizations belong in nobody's cache
	if c.Rate == defaults().Rate {
		demo.Rate = 60_000 // the default spares a quota that the simulator does not have
	}
	var all []target
	for _, o := range orgs {
		all = append(all, target{name: o.Name, open: func(ctx context.Context) (*opened, error) {
			return a.client(ctx, &demo, o.Name, url, "", tokens)
		}})
	}
	return all, stop, nil
}

// client opens a live organization.
func (a *app) client(ctx context.Context, c *choices, org, endpoint, location string, tokens oauth2.TokenSource) (*opened, error) {
	options := a.options(c, org, endpoint, location, tokens)
	if c.platform() == apigee.PlatformEdge {
		client, err := api.NewEdge(options)
		if err != nil {
			return nil, err
		}
		return &opened{source: client, evidence: client, close: client.Close}, nil
	}
	client, err := api.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	o := &opened{source: client, evidence: client, close: client.Close}
	if o.cache = a.cached(c, client, org); o.cache != nil {
		o.source = o.cache
	}
	return o, nil
}

// options say how to reach an organization; a location counts only without an endpoint.
func (a *app) options(c *choices, org, endpoint, location string, tokens oauth2.TokenSource) api.Options {
	o := api.Options{
		Organization:   org,
		Endpoint:       endpoint,
		Tokens:         tokens,
		Concurrency:    c.Concurrency,
		Rate:           c.Rate,
		RequestTimeout: c.RequestTimeout,
		Limits:         apigee.DefaultLimits(),
		UserAgent:      toolName + "/" + version(),
		Logger:         a.logger(c.Verbose),
	}
	if endpoint == "" {
		o.Location = location
	}
	return o
}

// pathError says which path of the command line is wrong.
func pathError(err error) error {
	var pe *fs.PathError
	switch {
	case errors.As(err, &pe) && errors.Is(err, fs.ErrNotExist):
		return usagef("%s does not exist: give a bundle's folder, a bundle zip or a folder above them", pe.Path)
	case errors.As(err, &pe):
		return usagef("%s cannot be read: %w", pe.Path, pe.Err)
	}
	return err
}
