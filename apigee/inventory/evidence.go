package inventory

import (
	"context"

	"apigee-audit/apigee"
)

// EvidenceSource gives what an organization's own records say: how often something was called, under which addresses, by
// whom, and what debug sessions hide. It stands beside a [Source]; bundles on disk have none. All of it is optional, costs
// further requests, and an error concerns only the one thing that was asked for. Every method may be called from several
// goroutines.
type EvidenceSource interface {
	// Traffic counts calls in one environment, grouped by dimensions.
	Traffic(ctx context.Context, q apigee.TrafficQuery) (*apigee.Traffic, error)
	// DebugMask reads what debug sessions of one environment hide.
	DebugMask(ctx context.Context, environment string) (*apigee.DebugMask, error)
	// EnvironmentGroups lists the host names under which environments are called.
	EnvironmentGroups(ctx context.Context) ([]apigee.EnvironmentGroup, error)
	// Products lists the API products with the proxies they open.
	Products(ctx context.Context) ([]apigee.Product, error)
	// Apps lists the apps that have a product; never their keys and secrets.
	Apps(ctx context.Context, product string) ([]apigee.App, error)
}
