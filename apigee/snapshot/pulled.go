package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
	"apigee-audit/apigee/inventory"
	"apigee-audit/internal/files"
)

// Pulled is one organization of a snapshot as an [inventory.Source]. It answers as the live organization did while it was
// pulled, what could not be read then included.
type Pulled struct {
	from         *Snapshot
	organization *organization
	revisions    map[apigee.Revision]revision
}

var _ inventory.Source = (*Pulled)(nil)

// Name is the organization's name.
func (p *Pulled) Name() string { return p.organization.Name }

// Complete reports whether everything could be read when the organization was pulled.
func (p *Pulled) Complete() bool { return p.organization.Complete }

// Organization implements [inventory.Source].
func (p *Pulled) Organization(context.Context) (*apigee.Organization, error) {
	o := p.organization
	if o.Error != "" {
		return nil, errors.New(o.Error)
	}
	return &apigee.Organization{Name: o.Name, Platform: o.Platform, Endpoint: o.Endpoint, Environments: slices.Clone(o.Environments)}, nil
}

// Deployments implements [inventory.Source].
func (p *Pulled) Deployments(context.Context) (inventory.Listing, error) {
	listing := inventory.Listing{Problems: p.organization.Problems, Notices: p.organization.Notices}
	for _, d := range p.organization.Deployments {
		listing.Deployments = append(listing.Deployments, d.id())
	}
	return listing, nil
}

// FlowHooks implements [inventory.Source].
func (p *Pulled) FlowHooks(_ context.Context, environment string) ([]apigee.FlowHook, error) {
	var hooks []apigee.FlowHook
	var err error
	for _, h := range p.organization.FlowHooks {
		switch {
		case h.Environment != environment:
		case h.Error != "":
			err = h.err()
		default:
			hooks = append(hooks, apigee.FlowHook{Environment: h.Environment, Point: h.Point, SharedFlow: h.SharedFlow})
		}
	}
	return hooks, err
}

// Bundle implements [inventory.Source]. A file that is not what was downloaded is an error.
func (p *Pulled) Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stored, ok := p.revisions[r]
	if !ok {
		return nil, fmt.Errorf("%s is not in the snapshot: pull again", r)
	}
	switch {
	case stored.Missing:
		return nil, missing(stored.Error)
	case stored.Error != "":
		return nil, stored.err()
	}
	data, err := files.ReadBounded(p.from.files, stored.File, p.from.limits.Compressed)
	if err != nil {
		return nil, fmt.Errorf("read %s of the snapshot: %w", r, err)
	}
	archive := bundle.Downloaded(data, time.Time{})
	if archive.SHA256 != stored.SHA256 {
		return nil, fmt.Errorf("%s does not have the SHA-256 digest that %s says: the snapshot was changed or damaged; pull again", stored.File, ManifestName)
	}
	if err := archive.Open(p.from.limits); err != nil {
		return nil, fmt.Errorf("read the bundle of %s: %w", r, err) // as the live client words it
	}
	return archive, nil
}

// missing is the live source's words for a revision that was not there.
type missing string

func (m missing) Error() string { return string(m) }

// Is makes it an [inventory.ErrNotFound], as the live error was.
func (m missing) Is(target error) bool { return target == inventory.ErrNotFound }
