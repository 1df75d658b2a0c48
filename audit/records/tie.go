package records

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit/finding"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/text"
)

// Candidate is a refresher, and what ties it to an issuing proxy.
type Candidate struct {
	flow.Refresher
	Tie finding.Tie // the zero value where nothing does, or nobody asked
}

// MostNamed is how many of the candidates of an issuing proxy are named, the best tied ones; the others are counted.
const MostNamed = 3

// Ties answers what ties proxies of an organization to one another. It is built once the organization's records are read.
type Ties struct {
	records  *Records
	products *productIndex
	spoken   map[visited]*spoken
	bases    map[*flow.Trace]*tokenPaths
}

// Issuing is a proxy through which refresh tokens are issued, as far as that may tie refreshers to it or keep them from being used.
type Issuing struct {
	environment string
	opens       []int // API products
	spoken      *spoken
	families    []familyTie
}

// familyTie is the tie to refreshers in a family. Its words are made once: an organization can have thousands of those.
type familyTie struct {
	segment string
	tie     finding.Tie
}

// Refreshing is a refresher, as far as that may tie it to those that issue or keep it from being used.
type Refreshing struct {
	flow.Refresher
	opens     []int // API products
	paths     *tokenPaths
	dedicated bool // it issues none itself
}

// tokenPaths are the base paths under which a walk issues and refreshes, and the families they belong to.
type tokenPaths struct {
	refreshing              []string // those that others can name, without a slash at the end
	issuingIn, refreshingIn []string
}

// NewTies asks what ties the proxies of an organization, with its records or, where rec is nil, without.
func NewTies(rec *Records) *Ties {
	return &Ties{records: rec, products: newProductIndex(rec), spoken: map[visited]*spoken{}, bases: map[*flow.Trace]*tokenPaths{}}
}

// Issuing is a walk through which refresh tokens are issued in an environment.
func (t *Ties) Issuing(e *flow.Environment, w *flow.Trace) *Issuing {
	return &Issuing{environment: e.Name, opens: t.products.opens(e.Name, w), spoken: t.speaks(e, w), families: familyTies(t.paths(w).issuingIn)}
}

// Refreshing is a refresher for those who ask what it is tied to.
func (t *Ties) Refreshing(r flow.Refresher) *Refreshing {
	return &Refreshing{
		Refresher: r, opens: t.products.opens(r.Environment.Name, r.Trace), paths: t.paths(r.Trace),
		dedicated: !r.Environment.IssuesThrough(r.Trace.Program.Revision.Ref()),
	}
}

// Alike reports whether two walks of a proxy in an environment are tied to the same ones by the same.
func (r *Refreshing) Alike(other *Refreshing) bool {
	return r.dedicated == other.dedicated && slices.Equal(r.opens, other.opens) &&
		slices.Equal(r.paths.refreshing, other.paths.refreshing) && slices.Equal(r.paths.refreshingIn, other.paths.refreshingIn)
}

// Bars reports whether no client of any of some proxies through which a bundle issues can use a refresher, as far as API products can
// tell.
func (t *Ties) Bars(issuing []*Issuing, r *Refreshing) bool {
	return !slices.ContainsFunc(issuing, func(i *Issuing) bool { return !t.products.bars(i, r) })
}

// Tied reports whether anything ties a refresher to a proxy that issues.
func (t *Ties) Tied(i *Issuing, r *Refreshing) bool { return t.between(i, r).Kind != "" }

// grade finds what ties each candidate that can be used to the proxies through which a bundle issues in an environment, and puts the
// best tied first.
func (t *Ties) grade(p *Pool, e *flow.Environment, issuing []*flow.Trace) *graded {
	g := &graded{tied: make([]bool, len(issuing))}
	sides := make([]*Issuing, len(issuing))
	for k, w := range issuing {
		sides[k] = t.Issuing(e, w)
	}
	for i, r := range p.All {
		side := p.sides[i]
		if t.Bars(sides, side) {
			continue
		}
		for k := range sides {
			tie := t.between(sides[k], side)
			g.tied[k] = g.tied[k] || tie.Kind != ""
			if tie.Kind.Compare(r.Tie.Kind) < 0 {
				r.Tie = tie
			}
		}
		g.candidates = append(g.candidates, r)
	}
	slices.SortStableFunc(g.candidates, func(a, b Candidate) int {
		return cmp.Or(a.Tie.Kind.Compare(b.Tie.Kind), flow.ComparePrograms(a.Trace.Program, b.Trace.Program))
	})
	return g
}

// Opening are the names of the API products that open any of the proxies through which a bundle issues in an environment,
// sorted.
func (t *Ties) Opening(e *flow.Environment, issuing []*flow.Trace) []string {
	var names []string
	for _, w := range issuing {
		names = append(names, t.products.names(t.products.opens(e.Name, w))...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// between is the best tie of a refresher to a proxy that issues.
func (t *Ties) between(i *Issuing, r *Refreshing) finding.Tie {
	if shared := t.products.opening(i, r); len(shared) == 1 {
		return finding.Tie{Kind: finding.TieProduct, Words: "API product " + text.Quote(shared[0]) + " opens both"}
	} else if len(shared) > 1 {
		return finding.Tie{Kind: finding.TieProduct, Words: "API products " + text.Names(shared) + " open both"}
	}
	if tie := i.spoken.of(r); tie.Kind != "" {
		return tie
	}
	if tie := firstCommon(i.families, r.paths.refreshingIn); tie.Kind != "" {
		return tie
	}
	if r.dedicated {
		return finding.Tie{Kind: finding.TieDedicated, Words: "it issues none itself"}
	}
	return finding.Tie{}
}

func (t *Ties) paths(w *flow.Trace) *tokenPaths {
	p := t.bases[w]
	if p == nil {
		refreshing := w.BasePaths((*flow.Site).Refreshes)
		p = &tokenPaths{issuingIn: families(w.BasePaths((*flow.Site).Issues)), refreshingIn: families(refreshing)}
		for _, path := range refreshing {
			if path = strings.TrimRight(path, "/"); !isWild(path) && flow.Distinctive(path) {
				p.refreshing = append(p.refreshing, path)
			}
		}
		t.bases[w] = p
	}
	return p
}

func familyTies(segments []string) []familyTie {
	var out []familyTie
	for _, segment := range segments {
		out = append(out, familyTie{segment, finding.Tie{Kind: finding.TiePath, Words: "both lie under /" + segment}})
	}
	return out
}

// firstCommon is the tie of the first family that is among others too, the zero value for none.
func firstCommon(own []familyTie, others []string) finding.Tie {
	for i := range own {
		if slices.Contains(others, own[i].segment) {
			return own[i].tie
		}
	}
	return finding.Tie{}
}

// families are those of several base paths.
func families(basePaths []string) []string {
	var out []string
	for _, p := range basePaths {
		if f := family(p); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// family is the first segment of a base path that is no version: "oauth" of "/v1/oauth/token". Wildcards stand for any
// segment, and are of no family.
func family(basePath string) string {
	for segment := range strings.SplitSeq(basePath, "/") {
		switch {
		case segment == "" || flow.IsVersion(segment):
		case isWild(segment):
			return ""
		default:
			return segment
		}
	}
	return ""
}

func isWild(segment string) bool { return strings.ContainsAny(segment, "*{") }

// spoken is what the running flows of a proxy say of other APIs, each with the tie that it makes.
type spoken struct {
	proxies map[string]finding.Tie // by name
	paths   map[string]finding.Tie // by the path and each of its beginnings that ends with a segment
}

// speaks reads a walk once.
func (t *Ties) speaks(e *flow.Environment, w *flow.Trace) *spoken {
	key := visited{e, w}
	if s := t.spoken[key]; s != nil {
		return s
	}
	s := &spoken{map[string]finding.Tie{}, map[string]finding.Tie{}}
	t.spoken[key] = s
	hosts := t.hosts(e)
	for _, a := range w.Addresses(e) {
		s.add(a.Address, a.By, hosts)
	}
	return s
}

// add notes an address that something speaks of, unless it lies on a host of somebody else.
func (s *spoken) add(a flow.Address, by string, own hosts) {
	switch {
	case a.Local && strings.Contains(a.Proxy+a.Path, "{"): // known at run time
		return
	case a.Proxy != "":
		s.proxies[a.Proxy] = finding.Tie{Kind: finding.TieCall, Words: by + " leads to it"}
		return
	}
	if own.foreign(a.Host) {
		return
	}
	for end := len(a.Path); end > 0; end = strings.LastIndexByte(a.Path[:end], '/') {
		path := a.Path[:end]
		tie := finding.Tie{Kind: finding.TieURL, Words: by + " names its path " + path}
		if a.Called {
			tie = finding.Tie{Kind: finding.TieCall, Words: by + " calls its path " + path}
		}
		if known, ok := s.paths[path]; !ok || tie.Kind.Compare(known.Kind) < 0 {
			s.paths[path] = tie
		}
	}
}

// of is the best tie to a refresher, the zero value for none.
func (s *spoken) of(r *Refreshing) finding.Tie {
	if r.Trace.Program.Revision.Kind == apigee.KindProxy {
		if tie, ok := s.proxies[r.Trace.Program.Revision.Name]; ok {
			return tie
		}
	}
	var best finding.Tie
	for _, p := range r.paths.refreshing {
		if tie, ok := s.paths[p]; ok && tie.Kind.Compare(best.Kind) < 0 {
			best = tie
		}
	}
	return best
}

// hosts are the names under which an environment is called, nil where they are not known.
type hosts []string

// hosts are known where environment groups were read.
func (t *Ties) hosts(e *flow.Environment) hosts {
	if t.records == nil {
		return nil
	}
	return t.records.hostnames(e.Name)
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
