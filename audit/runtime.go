package audit

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/internal/crew"
	"apigee-audit/internal/text"
)

// EvidenceOptions say which of the organization's own records are read besides its bundles. The zero value reads none.
// What cannot be read is a problem of that one record, because it was asked for; the audit goes on.
type EvidenceOptions struct {
	// Traffic is the length of the window before now that calls are counted in; 0 asks for no analytics.
	Traffic time.Duration
	// Reach reads environment groups and API products.
	Reach bool
	// Apps reads, for the products that open an issuing proxy, which apps have them; never their keys. It needs Reach.
	Apps bool
	// DebugMasks reads what debug sessions hide, one request an environment.
	DebugMasks bool
}

// Runtime is what the organization's own records say, as far as they were asked for and could be read.
type Runtime struct {
	Window apigee.Window // zero when traffic was not asked for
	// Groups and Products are nil when they were not asked for or could not be read.
	Groups   []apigee.EnvironmentGroup
	Products []apigee.Product
	Apps     map[string][]apigee.App      // by product
	Masks    map[string]*apigee.DebugMask // by environment; those that were read

	traffic map[string]*envTraffic // by environment; those that were read
	usages  map[usageKey]*Usage
	taken   map[tookKey]bool
}

// What it means for the verdict that a record is missing.
const (
	noTraffic  = "idle refresh flows and unused proxies cannot be told there, and the stored tokens not be counted"
	noFaults   = "refresh calls on paths that also issue cannot be told there"
	noGroups   = "the addresses where tokens are issued are not known"
	noProducts = "which clients can get tokens is not known, and proxies are not paired through products"
	noApps     = "the apps that can hold such tokens are not named"
	noMask     = "whether debug sessions show refresh tokens is not known there"
)

// evidenceReader reads the records of one organization and keeps what went wrong.
type evidenceReader struct {
	source  apigee.EvidenceSource
	facts   *Facts
	runtime *Runtime
	limit   int

	mu       sync.Mutex
	problems []apigee.Problem
}

// readEvidence reads what was asked for. Where there are no records, it reads nothing and says so.
func readEvidence(ctx context.Context, f *Facts, o Options, now time.Time) (*Runtime, []apigee.Problem) {
	if o.Evidence == (EvidenceOptions{}) {
		return nil, nil
	}
	r := &evidenceReader{source: o.EvidenceFrom, facts: f, runtime: &Runtime{usages: map[usageKey]*Usage{}, taken: map[tookKey]bool{}}, limit: max(o.Concurrency, 1)}
	if r.source == nil {
		return nil, []apigee.Problem{{Operation: "read runtime evidence", Error: "there is none where these bundles come from: traffic, reach and debug masks need a live organization"}}
	}
	if o.Evidence.Traffic > 0 {
		end := now.UTC().Truncate(time.Minute)
		r.runtime.Window = apigee.Window{Start: end.Add(-o.Evidence.Traffic), End: end}
		r.readTraffic(ctx)
	}
	if o.Evidence.Reach {
		r.readReach(ctx, o.Evidence.Apps)
	}
	if o.Evidence.DebugMasks {
		r.readMasks(ctx)
	}
	return r.runtime, joinProblems(r.problems)
}

func (r *evidenceReader) failed(p apigee.Problem, err error, meaning string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The operation stands in the problem already.
	p.Error = strings.TrimPrefix(err.Error(), p.Operation+": ") + "; " + meaning
	r.problems = append(r.problems, p)
}

// each calls do for every item, with at most limit at once.
func each[T any](limit int, items []T, do func(T)) {
	crew.Each(len(items), limit, func(i int) { do(items[i]) })
}

// joinProblems makes one line of what went wrong alike in several environments: an account without a permission lacks it
// everywhere.
func joinProblems(in []apigee.Problem) []apigee.Problem {
	slices.SortFunc(in, apigee.CompareProblems)
	var out []apigee.Problem
	for _, p := range in {
		i := slices.IndexFunc(out, func(q apigee.Problem) bool { return q.Operation == p.Operation && q.Error == p.Error })
		if i < 0 || p.Environment == "" {
			out = append(out, p)
			continue
		}
		if in := out[i].In(); !slices.Contains(in, p.Environment) {
			out[i] = out[i].Within(append(slices.Clip(in), p.Environment))
		}
	}
	return out
}

// tokenEnvironments are those where tokens are issued or refreshed.
func (f *Facts) tokenEnvironments() []*Environment {
	return slices.DeleteFunc(slices.Clone(f.Environments), func(e *Environment) bool {
		return !slices.ContainsFunc(e.Walks, func(w *Walk) bool {
			issuing, refreshing := tokenPlaces(w)
			return len(issuing)+len(refreshing) > 0
		})
	})
}

func (r *evidenceReader) readMasks(ctx context.Context) {
	r.runtime.Masks = map[string]*apigee.DebugMask{}
	each(r.limit, r.facts.tokenEnvironments(), func(e *Environment) {
		mask, err := r.source.DebugMask(ctx, e.Name)
		if err != nil {
			r.failed(apigee.Problem{Environment: e.Name, Operation: "read the debug mask"}, err, noMask)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.runtime.Masks[e.Name] = mask
	})
}

func (r *evidenceReader) readReach(ctx context.Context, apps bool) {
	groups, err := r.source.EnvironmentGroups(ctx)
	if err != nil {
		r.failed(apigee.Problem{Operation: "list the environment groups"}, err, noGroups)
	}
	slices.SortFunc(groups, func(a, b apigee.EnvironmentGroup) int { return cmp.Compare(a.Name, b.Name) })
	r.runtime.Groups = groups
	products, err := r.source.Products(ctx)
	if err != nil {
		r.failed(apigee.Problem{Operation: "list the API products"}, err, noProducts)
		return
	}
	slices.SortFunc(products, func(a, b apigee.Product) int { return cmp.Compare(a.Name, b.Name) })
	if products == nil {
		products = []apigee.Product{}
	}
	r.runtime.Products = products
	if apps {
		r.readApps(ctx)
	}
}

func (r *evidenceReader) readApps(ctx context.Context) {
	r.runtime.Apps = map[string][]apigee.App{}
	var open []string
	for _, p := range r.runtime.Products {
		if r.facts.opensIssuer(p) {
			open = append(open, p.Name)
		}
	}
	each(r.limit, open, func(product string) {
		apps, err := r.source.Apps(ctx, product)
		if err != nil {
			r.failed(apigee.Problem{Operation: "list the apps of API product " + text.Quote(product)}, err, noApps)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.runtime.Apps[product] = apps
	})
}

// opensIssuer tells whether a product opens a proxy that issues refresh tokens.
func (f *Facts) opensIssuer(p apigee.Product) bool {
	for _, e := range f.Environments {
		for _, w := range e.Walks {
			if issuing, _ := tokenPlaces(w); len(issuing) > 0 && p.Allows(e.Name, w.Unit.Revision.Name) {
				return true
			}
		}
	}
	return false
}
