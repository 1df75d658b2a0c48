package flow

import (
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// The variables that analytics record of every call: as proxy_pathsuffix and request_verb.
const (
	pathSuffix  = "proxy.pathsuffix"
	requestVerb = "request.verb"
)

// Matches reports whether a call with this base path, path suffix and verb can have passed the place: the endpoint has the
// base path, and the conditions on the way allow the path and the verb. What analytics have none of ([apigee.NotSet]) may
// have been anything.
func (r *Site) Matches(base, suffix, verb string) bool {
	way := r.at.enclosing()
	if len(way) == 0 || base != apigee.NotSet && !sameBasePath(basePath(way), base) {
		return false
	}
	return condition.Satisfiable(onWay(way, func(variable string) condition.Term {
		switch {
		case variable == pathSuffix && suffix != apigee.NotSet:
			return condition.Literal(suffix)
		case variable == requestVerb && verb != apigee.NotSet:
			return condition.Literal(verb)
		}
		return free(variable)
	}))
}

// Apart reports whether base path, path suffix and verb tell two places apart: no call can pass either of them with the same
// three. Whatever else the conditions ask, such as the grant type, is not in analytics.
func (r *Site) Apart(other *Site) bool {
	a, b := r.at.enclosing(), other.at.enclosing()
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	if a[0].endpoint != b[0].endpoint && !sameBasePath(basePath(a), basePath(b)) {
		return true
	}
	recorded := func(suffix string) func(string) condition.Term {
		return func(variable string) condition.Term {
			if variable != pathSuffix && variable != requestVerb {
				variable += suffix
			}
			return free(variable)
		}
	}
	return !condition.Satisfiable(onWay(a, recorded("@1")), onWay(b, recorded("@2")))
}

// onWay is what must hold for a request to be on a way: all its conditions, and for a conditional flow that none of the
// flows before it took the request.
func onWay(way []*frame, lookup func(string) condition.Term) condition.Formula {
	var all []condition.Formula
	for _, f := range way {
		if f.conditional() && f.endpoint != nil {
			for i := range f.endpoint.flows {
				before := &f.endpoint.flows[i]
				if before == f.flow {
					break
				}
				if before.cond == nil {
					return condition.False() // the walk does not come here
				}
				all = append(all, condition.Not(before.cond.Bind(lookup)))
			}
		}
		if cond := f.cond(); cond != nil {
			all = append(all, cond.Bind(lookup))
		}
	}
	return condition.And(all...)
}

func basePath(way []*frame) string {
	if e := way[0].endpoint; e != nil {
		return e.basePath
	}
	return ""
}

// sameBasePath compares base paths by elements; * and {name} stand for any one element.
func sameBasePath(a, b string) bool {
	as, bs := strings.Split(strings.Trim(a, "/"), "/"), strings.Split(strings.Trim(b, "/"), "/")
	if len(as) != len(bs) {
		return false
	}
	wild := func(s string) bool { return s == "*" || strings.HasPrefix(s, "{") }
	for i := range as {
		if as[i] != bs[i] && !wild(as[i]) && !wild(bs[i]) {
			return false
		}
	}
	return true
}

// Paths are the paths under which the place is called, base path first, as patterns; "/oauth/*" where the conditions
// do not say.
func (r *Site) Paths() []string {
	way := r.at.enclosing()
	if len(way) == 0 {
		return nil
	}
	base := strings.TrimSuffix(basePath(way), "/")
	for _, f := range way {
		suffixes := f.cond().Requires(pathSuffix)
		if len(suffixes) == 0 {
			continue
		}
		var out []string
		for _, s := range suffixes {
			out = append(out, base+"/"+strings.TrimPrefix(s, "/"))
		}
		return out
	}
	return []string{base + "/*"}
}

// TokenPlaces are the places of a walk where refresh tokens are issued and refreshed.
func (w *Trace) TokenPlaces() (issuing, refreshing []*Site) {
	for _, r := range w.Sites {
		switch {
		case r.at == nil:
		case r.Issues():
			issuing = append(issuing, r)
		case r.Refreshes():
			refreshing = append(refreshing, r)
		}
	}
	return issuing, refreshing
}

// GrantRecords are the dimensions of analytics in which the walk records grant types, of refreshing calls as well as of
// others, in the order of the walk.
func (w *Trace) GrantRecords() []string {
	var out []string
	for _, r := range w.Sites {
		record := r.Policy.grants
		if record == nil || r.at == nil || slices.Contains(out, record.dimension) {
			continue
		}
		refresh := condition.Equal(condition.Symbol(record.variable), "refresh_token")
		if condition.Satisfiable(onWay(r.at.enclosing(), condition.Symbol), refresh) {
			out = append(out, record.dimension)
		}
	}
	return out
}

// BasePaths are those of the endpoints through which a walk comes to such places.
func (w *Trace) BasePaths(such func(*Site) bool) []string {
	var out []string
	for _, r := range w.Sites {
		if r.at == nil || !such(r) {
			continue
		}
		if p := basePath(r.at.enclosing()); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
