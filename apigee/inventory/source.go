// Package inventory lists what an organization has deployed and reads it from a [Source]: the management API, a snapshot, or
// bundles on disk.
package inventory

import (
	"context"
	"errors"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// ErrNotFound is in the errors of a [Source] for what is not there (any more).
var ErrNotFound = errors.New("not found")

// Source gives everything that [Collect] reads, as data. Every method may be called from several goroutines.
//
// An error of Organization or Deployments ends the audit of that organization; an error of FlowHooks or Bundle becomes
// a [apigee.Problem] of the one thing it concerns.
//
// A source can be laid over another: embed the one below and replace the answers that change. There is nothing else to pass
// on, because nobody looks behind a source for further methods. What a revision holds can be asked whether or not the list
// of deployments names it, so one that replaces a revision can still ask the source below for the revision that it replaced.
type Source interface {
	Organization(ctx context.Context) (*apigee.Organization, error)
	// Deployments lists what is deployed in all environments, proxies and shared flows.
	Deployments(ctx context.Context) (Listing, error)
	// FlowHooks lists the hooks of one environment that have a shared flow attached.
	FlowHooks(ctx context.Context, environment string) ([]apigee.FlowHook, error)
	// Bundle gets one revision. What cannot be read as a bundle is an error, whatever the bundle is wanted for.
	Bundle(ctx context.Context, r apigee.Revision) (*bundle.Archive, error)
}

// Listing is what is deployed. Whoever gets one may not change what its slices hold.
type Listing struct {
	Deployments []apigee.Deployment
	// Problems are the parts that could not be listed.
	Problems []apigee.Problem
	// Notices are oddities that were understood.
	Notices []apigee.Problem
}
