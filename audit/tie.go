package audit

import (
	"cmp"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/internal/text"
)

// TieKind is a reason to think that the clients of an issuing proxy refresh at another one.
type TieKind string

// The kinds, best first. The zero value is no tie.
const (
	TieProduct   TieKind = "product"   // an API product opens both
	TieCall      TieKind = "call"      // the issuing proxy sends requests to the other one
	TieURL       TieKind = "url"       // a literal of the issuing proxy holds the other one's path
	TiePath      TieKind = "path"      // both lie under one base path segment
	TieDedicated TieKind = "dedicated" // the other one issues no refresh tokens itself: it exists for those of others
)

// rank orders kinds, best first.
func (k TieKind) rank() int {
	best := []TieKind{TieProduct, TieCall, TieURL, TiePath, TieDedicated}
	if i := slices.Index(best, k); i >= 0 {
		return i
	}
	return len(best)
}

// Compare puts better kinds first.
func (k TieKind) Compare(other TieKind) int { return cmp.Compare(k.rank(), other.rank()) }

// Tie is what ties a refresher to an issuing proxy.
type Tie struct {
	Kind TieKind
	// Words say it of the refresher, "it", and the issuing proxy: "both lie under /oauth".
	Words string
}

// ties answers what ties proxies of an organization to one another. It is built once the organization's records are read.
type ties struct {
	records  *Records
	products *productIndex
	// issuing are the proxies through which refresh tokens are issued, by environment.
	issuing map[*Environment]map[apigee.Ref]bool
	spoken  map[visited]*spoken
	bases   map[*Walk]*tokenPaths
	// untied are lists of refreshers to which nothing tied an issuer: most issuers of an environment have the same one.
	untied map[*Environment][]Refresher
}

// tokenPaths are the base paths under which a walk issues and refreshes, and the families they belong to.
type tokenPaths struct {
	refreshing              []string
	issuingIn, refreshingIn []string
}

func newTies(f *Facts, rec *Records) *ties {
	t := &ties{
		records: rec, products: newProductIndex(rec), issuing: map[*Environment]map[apigee.Ref]bool{},
		spoken: map[visited]*spoken{}, bases: map[*Walk]*tokenPaths{}, untied: map[*Environment][]Refresher{},
	}
	for _, e := range f.Environments {
		t.issuing[e] = map[apigee.Ref]bool{}
		for _, w := range e.Walks {
			if slices.ContainsFunc(w.Reaches, (*Reach).Issues) {
				t.issuing[e][w.Unit.Revision.Ref()] = true
			}
		}
	}
	return t
}

// usable reports whether clients of any proxy through which a bundle issues could refresh there, as far as API products can
// tell.
func (t *ties) usable(v *Verdict, r Refresher) bool {
	return slices.ContainsFunc(v.Lacking, func(w *Walk) bool { return !t.products.bars(v.Environment, w, r) })
}

// grade finds what ties each refresher of a verdict to the issuing proxies, puts the best tied first, and returns the
// issuing proxies to which none is tied.
func (t *ties) grade(v *Verdict) (untied []*Walk) {
	tied := make([]bool, len(v.Lacking))
	for i := range v.Refreshers {
		r := &v.Refreshers[i]
		for k, w := range v.Lacking {
			tie := t.between(v.Environment, w, *r)
			tied[k] = tied[k] || tie.Kind != ""
			if tie.Kind.rank() < r.Tie.Kind.rank() {
				r.Tie = tie
			}
		}
	}
	slices.SortStableFunc(v.Refreshers, func(a, b Refresher) int {
		return cmp.Or(cmp.Compare(a.Tie.Kind.rank(), b.Tie.Kind.rank()), CompareUnits(a.Walk.Unit, b.Walk.Unit))
	})
	if v.Refreshers[0].Tie.Kind == "" {
		v.Refreshers = t.shared(v.Environment, v.Refreshers)
	}
	for k, w := range v.Lacking {
		if !tied[k] {
			untied = append(untied, w)
		}
	}
	return untied
}

// shared is an equal list that another issuer of the environment has already, so that organizations with thousands of both
// keep one list.
func (t *ties) shared(e *Environment, list []Refresher) []Refresher {
	if known := t.untied[e]; slices.Equal(known, list) {
		return known
	}
	t.untied[e] = list
	return list
}

// bar notes which refreshers of the verdict's environment do not count, and why; where there are none and nothing else
// refreshes either, those of others. It is for verdicts that say that nothing refreshes there: had any counted, the verdict
// would be another.
func (t *ties) bar(v *Verdict, all []Refresher) {
	v.Barred = keep(all, func(r Refresher) bool { return r.Environment == v.Environment })
	if len(v.Barred) == 0 && len(v.Refreshers) == 0 {
		v.Barred = all
	}
	if len(v.Barred) == 0 {
		return
	}
	for _, w := range v.Lacking {
		v.Products = append(v.Products, t.products.names(t.products.opens(v.Environment.Name, w))...)
	}
	slices.Sort(v.Products)
	v.Products = slices.Compact(v.Products)
}

// between is the best tie of a refresher to a proxy that issues in an environment.
func (t *ties) between(e *Environment, w *Walk, r Refresher) Tie {
	if shared := t.products.opening(e, w, r); len(shared) == 1 {
		return Tie{TieProduct, "API product " + text.Quote(shared[0]) + " opens both"}
	} else if len(shared) > 1 {
		return Tie{TieProduct, "API products " + text.Names(shared) + " open both"}
	}
	if tie := t.speaks(e, w).of(r, t.paths(r.Walk).refreshing); tie.Kind != "" {
		return tie
	}
	if segment := firstCommon(t.paths(w).issuingIn, t.paths(r.Walk).refreshingIn); segment != "" {
		return Tie{TiePath, "both lie under /" + segment}
	}
	if !t.issuing[r.Environment][r.Walk.Unit.Revision.Ref()] {
		return Tie{TieDedicated, "it issues none itself"}
	}
	return Tie{}
}

// basePaths are those of the endpoints through which a walk comes to such places.
func (w *Walk) basePaths(such func(*Reach) bool) []string {
	var out []string
	for _, r := range w.Reaches {
		if r.at == nil || !such(r) {
			continue
		}
		if p := basePath(r.at.way()); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func (t *ties) paths(w *Walk) *tokenPaths {
	p := t.bases[w]
	if p == nil {
		p = &tokenPaths{refreshing: w.basePaths((*Reach).Refreshes)}
		p.issuingIn, p.refreshingIn = families(w.basePaths((*Reach).Issues)), families(p.refreshing)
		t.bases[w] = p
	}
	return p
}

// firstCommon is the first of a that is in b too, "" for none.
func firstCommon(a, b []string) string {
	if i := slices.IndexFunc(a, func(s string) bool { return slices.Contains(b, s) }); i >= 0 {
		return a[i]
	}
	return ""
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
		case segment == "" || isVersion(segment):
		case isWild(segment):
			return ""
		default:
			return segment
		}
	}
	return ""
}

func isWild(segment string) bool { return strings.ContainsAny(segment, "*{") }
