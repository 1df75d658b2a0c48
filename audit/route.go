package audit

import (
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/apigee/condition"
)

// The variables that analytics record of every call: as proxy_pathsuffix and request_verb.
const (
	pathSuffix  = "proxy.pathsuffix"
	requestVerb = "request.verb"
)

// row is one kind of calls to a proxy, as far as analytics tell them apart.
type row struct {
	basePath, suffix, verb string // apigee.NotSet where analytics have none
	Calls
}

// takes tells whether calls of a row can have passed the place: the endpoint has the base path, and the conditions on
// the way allow path and verb. Where a value was not recorded, it may have been any.
func (r *Reach) takes(c row) bool {
	way := r.at.way()
	if len(way) == 0 || c.basePath != apigee.NotSet && !sameBasePath(basePath(way), c.basePath) {
		return false
	}
	return condition.Satisfiable(passing(way, func(variable string) condition.Term {
		switch {
		case variable == pathSuffix && c.suffix != apigee.NotSet:
			return condition.Literal(c.suffix)
		case variable == requestVerb && c.verb != apigee.NotSet:
			return condition.Literal(c.verb)
		}
		return free(variable)
	}))
}

// apart tells that base path, path suffix and verb tell two places apart: no call can pass either of them with the same
// three. Whatever else the conditions ask, such as the grant type, is not in analytics.
func (r *Reach) apart(other *Reach) bool {
	a, b := r.at.way(), other.at.way()
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
	return !condition.Satisfiable(passing(a, recorded("@1")), passing(b, recorded("@2")))
}

// passing is what must hold for a request to be on a way: all its conditions, and for a conditional flow that none of the
// flows before it took the request.
func passing(way []*frame, lookup func(string) condition.Term) condition.Formula {
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
		return e.BasePath.Value
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
func (r *Reach) Paths() []string {
	way := r.at.way()
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
