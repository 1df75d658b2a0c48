package cli

import (
	"context"
	"errors"
	"log/slog"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/disk"
	"apigee-audit/apigee/inventory"
	"apigee-audit/apigee/simulator"
	"apigee-audit/cmd/apigee-audit/internal/config"
	"apigee-audit/internal/files"
)

// simulated lists the organizations to serve: those of snapshots, or one of all loose bundles together.
func (a *app) simulated(ctx context.Context, paths []string) ([]*simulator.Organization, error) {
	if len(paths) == 0 {
		return simulator.Demo(), nil
	}
	pulled, err := a.snapshots(ctx, &config.Choices{Paths: paths})
	if err != nil {
		return nil, err
	}
	if pulled != nil {
		defer pulled.stop()
		return a.simulatedSnapshots(ctx, pulled.targets)
	}
	src, err := files.Await(ctx, func() (*disk.Source, error) { return disk.Open(ctx, paths, bundle.DefaultLimits()) })
	if err != nil {
		return nil, pathError(err)
	}
	defer src.Close()
	_, archives, err := a.archives(ctx, src)
	if err != nil {
		return nil, err
	}
	return []*simulator.Organization{simulator.FromArchives(disk.Name, disk.Name, archives)}, nil
}

// simulatedSnapshots makes the organizations of snapshots what can be served.
func (a *app) simulatedSnapshots(ctx context.Context, targets []target) ([]*simulator.Organization, error) {
	var all []*simulator.Organization
	for _, t := range targets {
		o, err := t.open(ctx)
		if err != nil {
			return nil, err
		}
		org, err := o.source.Organization(ctx)
		if err != nil {
			return nil, err
		}
		deployments, archives, err := a.archives(ctx, o.source)
		if err != nil {
			return nil, err
		}
		var hooks []apigee.FlowHook
		for _, env := range org.Environments {
			here, err := o.source.FlowHooks(ctx, env)
			if err != nil {
				a.sayWarning("flow hooks of environment %s are left out: %v", env, err)
			}
			hooks = append(hooks, here...)
		}
		all = append(all, simulator.FromDeployments(org.Name, org.Environments, deployments, hooks, archives))
	}
	return all, nil
}

// archives reads all bundles of a source that can be read, at least one.
func (a *app) archives(ctx context.Context, src inventory.Source) ([]apigee.Deployment, map[apigee.Revision]*bundle.Archive, error) {
	listing, err := src.Deployments(ctx)
	if err != nil {
		return nil, nil, err
	}
	a.warn(slog.LevelWarn, listing.Problems)
	archives := map[apigee.Revision]*bundle.Archive{}
	for _, d := range listing.Deployments {
		if archives[d.Revision] != nil {
			continue
		}
		archive, err := src.Bundle(ctx, d.Revision)
		if err != nil {
			a.sayWarning("%s is left out: %v", title(d.Revision), err)
			continue
		}
		archives[d.Revision] = archive
	}
	if len(archives) == 0 {
		return nil, nil, errors.New("no bundles to serve")
	}
	return listing.Deployments, archives, nil
}
