package audit

import (
	"net/netip"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// spoken is what the running flows of a proxy say of other APIs, each with the tie that it makes.
type spoken struct {
	proxies map[string]Tie // by name
	paths   map[string]Tie // by the path and each of its beginnings that ends with a segment
}

// speaks reads a walk once. Flow hooks are left out: they run in every proxy and tell nothing of this one.
func (t *ties) speaks(e *Environment, w *Walk) *spoken {
	key := visited{e, w}
	if s := t.spoken[key]; s != nil {
		return s
	}
	s := &spoken{map[string]Tie{}, map[string]Tie{}}
	t.spoken[key] = s
	own := w.ownUnits(e)
	hosts := t.hosts(e)
	for _, r := range w.Reaches {
		p := r.Policy
		if len(p.addresses) == 0 || !own[p.Unit] {
			continue
		}
		by := p.Type + " " + text.Quote(p.Name)
		for _, a := range p.addresses {
			s.add(a, by, hosts)
		}
	}
	for _, at := range w.Unit.endpoints {
		if at.Role == apigee.TargetEndpoint && w.routed[at] {
			for _, a := range at.addresses {
				s.add(a, "target endpoint "+text.Quote(at.Name), hosts)
			}
		}
		for _, rt := range at.routes {
			for _, a := range rt.addresses {
				s.add(a, "route "+text.Quote(rt.name), hosts)
			}
		}
	}
	return s
}

// ownUnits are the bundle of a proxy and the shared flows that it may call.
func (w *Walk) ownUnits(e *Environment) map[*Unit]bool {
	own := map[*Unit]bool{w.Unit: true}
	for _, c := range e.callable(w) {
		for _, u := range c.units {
			own[u] = true
		}
	}
	return own
}

// add notes an address that something speaks of, unless it lies on a host of somebody else.
func (s *spoken) add(a address, by string, own hosts) {
	switch {
	case a.local && strings.Contains(a.proxy+a.path, "{"): // known at run time
		return
	case a.proxy != "":
		s.proxies[a.proxy] = Tie{TieCall, by + " leads to it"}
		return
	}
	if own.foreign(a.host) {
		return
	}
	for end := len(a.path); end > 0; end = strings.LastIndexByte(a.path[:end], '/') {
		path := a.path[:end]
		tie := Tie{TieURL, by + " names its path " + path}
		if a.called {
			tie = Tie{TieCall, by + " calls its path " + path}
		}
		if known, ok := s.paths[path]; !ok || tie.Kind.rank() < known.Kind.rank() {
			s.paths[path] = tie
		}
	}
}

// of is the best tie to a refresher that refreshes under these base paths, the zero value for none.
func (s *spoken) of(r Refresher, basePaths []string) Tie {
	if r.Walk.Unit.Revision.Kind == apigee.KindProxy {
		if tie, ok := s.proxies[r.Walk.Unit.Revision.Name]; ok {
			return tie
		}
	}
	var best Tie
	for _, p := range basePaths {
		p = strings.TrimRight(p, "/")
		if isWild(p) || !distinctive(p) {
			continue
		}
		if tie, ok := s.paths[p]; ok && tie.Kind.rank() < best.Kind.rank() {
			best = tie
		}
	}
	return best
}

// hosts are the names under which an environment is called, nil where they are not known.
type hosts []string

// hosts are known where environment groups were read.
func (t *ties) hosts(e *Environment) hosts {
	if t.records == nil {
		return nil
	}
	var out hosts
	for _, g := range t.records.Groups {
		if slices.Contains(g.Environments, e.Name) {
			out = append(out, g.Hostnames...)
		}
	}
	return out
}

// foreign tells hosts that are known not to lead to the environment: an identity provider's /oauth2/v1 is not that of a
// proxy. Addresses and names inside a network may lead anywhere.
func (h hosts) foreign(host string) bool {
	if _, err := netip.ParseAddr(host); len(h) == 0 || err == nil || !strings.Contains(host, ".") ||
		strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local") {
		return false
	}
	return !slices.ContainsFunc(h, func(own string) bool {
		own = strings.ToLower(own)
		suffix, wild := strings.CutPrefix(own, "*")
		return own == host || wild && strings.HasSuffix(host, suffix)
	})
}
