package flow

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/bundle"
)

// A proxy may hand requests over to another one of the same environment, by the LocalTargetConnection of a target endpoint
// or of a ServiceCallout. What that one refreshes is then refreshed through the first.
// Source: docs.cloud.google.com/apigee/docs/api-platform/fundamentals/connecting-proxies-other-proxies.

// chains lists where the running flows of a proxy hand requests over.
func (w *Trace) chains() []Address {
	var out []Address
	take := func(list []Address) {
		for _, a := range list {
			if a.Local && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	for _, r := range w.Sites {
		take(r.Policy.addresses())
	}
	for _, e := range w.Program.endpoints {
		if e.Role == bundle.TargetEndpoint && slices.Contains(w.routed, e) {
			take(e.addresses)
		}
	}
	return out
}

// UnknownChain reports whether the proxy hands requests over to one that is named only at run time.
func (w *Trace) UnknownChain() bool {
	return slices.ContainsFunc(w.chained, func(a Address) bool { return strings.Contains(a.Proxy+a.Path, "{") })
}

// ChainToRefresh lists the proxies through which a walk hands requests over to one in which a refresh operation runs, that one last;
// nil where there is none.
func (e *Environment) ChainToRefresh(w *Trace) []*Trace {
	seen := map[*Trace]bool{w: true}
	var from func(w *Trace) []*Trace
	from = func(w *Trace) []*Trace {
		for _, a := range w.chained {
			for _, next := range e.Traces() {
				if seen[next] || !next.entered(a) {
					continue
				}
				if slices.ContainsFunc(next.Sites, func(r *Site) bool { return r.Refreshes() && r.within(a) }) {
					return []*Trace{next}
				}
				seen[next] = true
				if rest := from(next); rest != nil {
					return append([]*Trace{next}, rest...)
				}
			}
		}
		return nil
	}
	return from(w)
}

// entered reports whether requests that are handed over to an address enter the proxy of the walk.
func (w *Trace) entered(a Address) bool {
	switch {
	case w.Program.Revision.Kind != apigee.KindProxy:
		return false
	case a.Proxy != "":
		return a.Proxy == w.Program.Revision.Name
	}
	return slices.ContainsFunc(w.Program.endpoints, func(e *endpoint) bool { return e.takes(a.Path) })
}

// within reports whether a place lies in the endpoint that an address leads to; hooks belong to all of them.
func (r *Site) within(a Address) bool {
	at := r.spot.proxy
	return at == nil || a.Proxy == "" && at.takes(a.Path) || a.Proxy != "" && (a.endpoint == "" || a.endpoint == at.Name)
}

// takes reports whether a path is one of a proxy endpoint's.
func (e *endpoint) takes(path string) bool {
	base := strings.TrimRight(e.basePath, "/")
	return e.Role == bundle.ProxyEndpoint && (path == base || strings.HasPrefix(path, base+"/"))
}
