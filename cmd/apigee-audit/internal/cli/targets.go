package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"

	"golang.org/x/oauth2"

	"apigee-audit/apigee"
	"apigee-audit/apigee/api"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/cache"
	"apigee-audit/apigee/disk"
	"apigee-audit/apigee/inventory"
	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
)

// target is one organization to audit.
type target struct {
	name  string
	loose bool // no organization: bundles from disk
	// complete reports of one in a snapshot whether everything could be read when it was pulled.
	complete bool
	open     func(context.Context) (*opened, error)
	// try makes each call of an audit once; nil for what lies on disk.
	try func(context.Context, api.Extras) api.Trials
}

// opened is an organization that can be read.
type opened struct {
	source   inventory.Source
	evidence inventory.EvidenceSource // what else the organization can tell; nil for what lies on disk
	cache    *cache.Source            // the one that the source takes bundles from; nil without
	offline  bool                     // bundles cost no request
	close    func()                   // releases what was opened
	rest     func()                   // closes connections, which are opened again when they are needed; nil where there are none
	// waiting passes on why requests wait for a quota; nil where there is none.
	waiting *waiting
}

// start opens the organization, unless the run has ended already.
func (t *target) start(ctx context.Context) (*opened, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return t.open(ctx)
}

// subject is what a run is about.
type subject struct {
	targets []target     // empty only for an empty share
	share   config.Shard // of the organizations, that the settings or a pulled snapshot say
	stop    func()       // releases what serves them
	// endpoint and tokens are those of the demonstration, which no setting names.
	endpoint string
	tokens   oauth2.TokenSource
}

// subject lists the organizations that the choices name, this process's share of them.
func (a *app) subject(ctx context.Context, c *config.Choices) (*subject, error) {
	s, err := a.everyTarget(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(c.Paths) == 0 {
		s.targets, s.share = pick(c.Share, s.targets), c.Share
	}
	a.tellShard(c, s)
	stop := s.stop
	s.stop = func() {
		stop()
		a.trimCache(ctx, c)
	}
	return s, nil
}

// everyTarget lists the organizations, whatever the share.
func (a *app) everyTarget(ctx context.Context, c *config.Choices) (*subject, error) {
	switch {
	case len(c.Paths) > 0:
		return a.onDisk(ctx, c)
	case c.Demo:
		return a.demo(ctx, c)
	}
	tokens, credentialsErr := a.tokens(ctx, c)
	all, err := a.live(ctx, c, tokens, credentialsErr)
	return &subject{targets: all, stop: func() {}}, err
}

// live makes targets of live organizations. Without credentials none is listed, and those that are named fail.
func (a *app) live(ctx context.Context, c *config.Choices, tokens oauth2.TokenSource, credentialsErr error) ([]target, error) {
	if c.AllOrgs {
		if credentialsErr != nil {
			return nil, credentialsErr
		}
		return a.visible(ctx, c, tokens)
	}
	var all []target
	for _, org := range c.Organizations {
		t := a.target(c, org, c.Endpoint, c.Location, tokens)
		if credentialsErr != nil {
			t.open = func(context.Context) (*opened, error) { return nil, credentialsErr }
		}
		all = append(all, t)
	}
	return all, nil
}

// target is a live organization.
func (a *app) target(c *config.Choices, org, endpoint, location string, tokens oauth2.TokenSource) target {
	return target{
		name: org,
		open: func(ctx context.Context) (*opened, error) { return a.client(ctx, c, org, endpoint, location, tokens) },
		try: func(ctx context.Context, extra api.Extras) api.Trials {
			o := a.options(c, org, endpoint, location, tokens)
			o.Waiting = func(why string) {
				if why != "" {
					a.say("organization %s: %s", org, why)
				}
			}
			return api.Try(ctx, c.Platform, o, extra)
		},
	}
}

// onDisk makes targets of the PATHs: of the organizations in snapshots, or one of all loose bundles together. Where the
// search for them is cut off, that is what the report says.
func (a *app) onDisk(ctx context.Context, c *config.Choices) (*subject, error) {
	pulled, err := a.snapshots(ctx, c)
	if pulled != nil || err != nil && ctx.Err() == nil {
		return pulled, err
	}
	src, err := files.Await(ctx, func() (*disk.Source, error) { return disk.Open(ctx, c.Paths, bundle.DefaultLimits()) })
	switch {
	case err == nil:
		src.Platform = c.Platform
	case ctx.Err() == nil:
		return nil, pathError(err, nameBundles)
	}
	loose := target{name: disk.Name, loose: true, open: func(context.Context) (*opened, error) {
		if err != nil {
			return nil, err
		}
		return &opened{source: src, close: src.Close}, nil
	}}
	return &subject{targets: []target{loose}, stop: func() {}}, nil
}

// demo serves the sample organizations.
func (a *app) demo(ctx context.Context, c *config.Choices) (*subject, error) {
	return a.sample(ctx, c, simulator.Demo(), simulator.Options{})
}

// sample serves made-up organizations on loopback, so that a demonstration takes the same path as a real audit.
func (a *app) sample(ctx context.Context, c *config.Choices, orgs []*simulator.Organization, options simulator.Options) (*subject, error) {
	serve := simulator.New
	if c.Platform == apigee.PlatformEdge {
		serve = simulator.NewEdge
	}
	options.Token, options.Logger = rand.Text(), a.logger()
	url, stop, err := serve(orgs, options).Start(ctx)
	if err != nil {
		return nil, err
	}
	tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: options.Token})
	var all []target
	for _, o := range orgs {
		all = append(all, a.target(c, o.Name, url, "", tokens))
	}
	return &subject{targets: all, stop: stop, endpoint: url, tokens: tokens}, nil
}

// client opens a live organization.
func (a *app) client(ctx context.Context, c *config.Choices, org, endpoint, location string, tokens oauth2.TokenSource) (*opened, error) {
	options, wait := a.options(c, org, endpoint, location, tokens), &waiting{}
	options.Waiting = wait.say
	if c.Platform == apigee.PlatformEdge {
		client, err := api.NewEdge(options)
		if err != nil {
			return nil, err
		}
		return &opened{source: client, evidence: client, close: client.Close, rest: client.Close, waiting: wait}, nil
	}
	client, err := api.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	o := &opened{source: client, evidence: client, close: client.Close, rest: client.Close, waiting: wait}
	if o.cache = a.cached(c, client, org); o.cache != nil {
		o.source = o.cache
		o.close = func() {
			o.cache.Close()
			client.Close()
		}
	}
	return o, nil
}

// options say how to reach an organization; a location counts only without an endpoint.
func (a *app) options(c *config.Choices, org, endpoint, location string, tokens oauth2.TokenSource) api.Options {
	o := api.Options{
		Organization:   org,
		Endpoint:       endpoint,
		Tokens:         tokens,
		Concurrency:    c.Concurrency,
		Rate:           c.Rate,
		RequestTimeout: c.RequestTimeout,
		Tries:          c.Tries,
		Limits:         bundle.DefaultLimits(),
		UserAgent:      toolName + "/" + version(),
		Logger:         a.logger(),
	}
	if endpoint == "" {
		o.Location = location
	}
	return o
}

// nameBundles is what to do about a path without bundles.
const nameBundles = "name a bundle's folder, a bundle zip or a folder that contains some"

// pathError says which path of the command line is wrong, and what to do where there is nothing at it.
func pathError(err error, missing string) error {
	var pe *fs.PathError
	switch {
	case errors.As(err, &pe) && errors.Is(err, fs.ErrNotExist):
		return usagef("%s does not exist: %s", pe.Path, missing)
	case errors.As(err, &pe):
		return usagef("%s cannot be read: %w", pe.Path, pe.Err)
	}
	return err
}
