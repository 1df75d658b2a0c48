package audit

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
)

// A proxy may hand requests over to another one of the same environment, by the LocalTargetConnection of a target endpoint
// or of a ServiceCallout. What that one refreshes is then refreshed through the first.
// Source: docs.cloud.google.com/apigee/docs/api-platform/fundamentals/connecting-proxies-other-proxies.

// chains lists where the running flows of a proxy hand requests over.
func (w *Walk) chains() []address {
	var out []address
	take := func(list []address) {
		for _, a := range list {
			if a.local && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	for _, r := range w.Reaches {
		take(r.Policy.addresses)
	}
	for _, e := range w.Unit.endpoints {
		if e.Role == apigee.TargetEndpoint && w.routed[e] {
			take(e.addresses)
		}
	}
	return out
}

// UnknownChain reports whether the proxy hands requests over to one that is named only at run time.
func (w *Walk) UnknownChain() bool {
	return slices.ContainsFunc(w.chains(), func(a address) bool { return strings.Contains(a.proxy+a.path, "{") })
}

// refreshesThroughChain reports whether a refresh operation runs in a proxy that a walk hands requests over to, directly or
// through others.
func (e *Environment) refreshesThroughChain(w *Walk) bool {
	seen := map[*Walk]bool{w: true}
	var through func(w *Walk) bool
	through = func(w *Walk) bool {
		return slices.ContainsFunc(w.chains(), func(a address) bool {
			return slices.ContainsFunc(e.Walks, func(next *Walk) bool {
				if seen[next] || !next.entered(a) {
					return false
				}
				if slices.ContainsFunc(next.Reaches, func(r *Reach) bool { return r.Refreshes() && r.within(a) }) {
					return true
				}
				seen[next] = true
				return through(next)
			})
		})
	}
	return through(w)
}

// entered reports whether requests that are handed over to an address enter the proxy of the walk.
func (w *Walk) entered(a address) bool {
	switch {
	case w.Unit.Revision.Kind != apigee.KindProxy:
		return false
	case a.proxy != "":
		return a.proxy == w.Unit.Revision.Name
	}
	return slices.ContainsFunc(w.Unit.endpoints, func(e *endpoint) bool { return e.takes(a.path) })
}

// within reports whether a place lies in the endpoint that an address leads to; hooks belong to all of them.
func (r *Reach) within(a address) bool {
	at := r.spot.proxy
	return at == nil || a.proxy == "" && at.takes(a.path) || a.proxy != "" && (a.endpoint == "" || a.endpoint == at.Name)
}

// takes reports whether a path is one of a proxy endpoint's.
func (e *endpoint) takes(path string) bool {
	base := strings.TrimRight(e.BasePath.Value, "/")
	return e.Role == apigee.ProxyEndpoint && (path == base || strings.HasPrefix(path, base+"/"))
}
