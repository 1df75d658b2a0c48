// Package apigee holds the vocabulary of the auditor: organizations and their platforms, revisions, deployments, flow hooks, the
// records an organization keeps, and problems.
package apigee

import (
	"fmt"
	"slices"
)

// Kind is the resource collection a bundle belongs to, spelled as in management API paths.
type Kind string

// The two kinds of bundles.
const (
	KindProxy      Kind = "apis"
	KindSharedFlow Kind = "sharedflows"
)

// Noun is the kind in words for messages: "proxy" or "shared flow".
func (k Kind) Noun() string {
	if k == KindSharedFlow {
		return "shared flow"
	}
	return "proxy"
}

// Ref names a proxy or a shared flow regardless of revision.
type Ref struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
}

// String is the reference in words: "proxy login".
func (r Ref) String() string { return r.Kind.Noun() + " " + r.Name }

// Revision is one immutable revision of a proxy or shared flow.
type Revision struct {
	Kind   Kind
	Name   string
	Number string // as the API spells it, "12"; empty where it is not known, as of most bundles on disk
	// Root is where a bundle on disk lies, slash-separated, relative where the path given was; empty for what comes from
	// the API. On disk several bundles may have one name, and two exports even the same number; this is different for each.
	Root string
}

// Ref drops the revision number.
func (r Revision) Ref() Ref { return Ref{r.Kind, r.Name} }

// String is the revision in words: "proxy login revision 12".
func (r Revision) String() string {
	if r.Number == "" {
		return r.Ref().String()
	}
	return fmt.Sprintf("%s revision %s", r.Ref(), r.Number)
}

// Deployment says that a revision is deployed to an environment.
type Deployment struct {
	Environment string
	Revision
	// DeployedAt is when the revision was deployed there, in milliseconds since 1970; 0 where that is not known.
	// Source: Apigee API discovery document, GoogleCloudApigeeV1Deployment.deployStartTime.
	DeployedAt int64
	// Partly says why the revision may not run on every server, in words that follow its name: `is in state "error" and may
	// run on some servers only: …`; "" where nothing speaks against it.
	Partly string
}

// SortDeployments sorts deployments and drops those listed twice; of one with several times the earliest stays.
func SortDeployments(all []Deployment) []Deployment {
	slices.SortFunc(all, CompareDeployments)
	return slices.CompactFunc(all, func(a, b Deployment) bool {
		return a.Environment == b.Environment && a.Revision == b.Revision
	})
}

// Hook points of an environment, in pipeline order.
// Source: Apigee API discovery document, organizations.environments.flowhooks.
const (
	PreProxyFlowHook   = "PreProxyFlowHook"
	PreTargetFlowHook  = "PreTargetFlowHook"
	PostTargetFlowHook = "PostTargetFlowHook"
	PostProxyFlowHook  = "PostProxyFlowHook"
)

// HookPoints lists the four hook points of every environment in pipeline order.
func HookPoints() []string {
	return []string{PreProxyFlowHook, PreTargetFlowHook, PostTargetFlowHook, PostProxyFlowHook}
}

// FlowHook attaches a shared flow to one hook point of an environment; it runs for every proxy deployed there.
type FlowHook struct {
	Environment string
	Point       string // one of HookPoints
	SharedFlow  string
}

// Organization is what must be known of an organization before its deployments are read.
type Organization struct {
	Name         string
	Platform     Platform
	Environments []string
	// Endpoint is Google's address from which the organization was read, [Traits.DefaultEndpoint] or that of a location; "" where
	// somebody else answered, a proxy server or a simulator, or nobody knows.
	Endpoint string
	// Offline is true where the bundles come from disk: the environment is then the made-up "local", and callers of a
	// shared flow may exist outside what is seen.
	Offline bool
}

// Root is the folder that Apigee wants around the files of a bundle of this kind.
// Source: docs.cloud.google.com/apigee/docs/api-platform/reference/api-proxy-configuration-reference.
func (k Kind) Root() string {
	if k == KindSharedFlow {
		return "sharedflowbundle"
	}
	return "apiproxy"
}
