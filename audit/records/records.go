// Package records adds to what flows do what the organization's own records tell: how often proxies were called and by which
// paths, how many refresh tokens are stored at most, under which addresses and through which API products flows are called, and so
// which proxy that refreshes belongs to one that issues.
package records

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/apigee/inventory"
	"apigee-audit/audit/flow"
	"apigee-audit/internal/crew"
	"apigee-audit/internal/text"
)

// Options say which of the organization's own records are read besides its bundles. The zero value reads none.
// What cannot be read is a problem of that one record, because it was asked for; the audit goes on.
type Options struct {
	// Traffic is the length of the window before now that calls are counted in; 0 asks for no analytics.
	Traffic time.Duration
	// Reach reads environment groups and API products.
	Reach bool
	// Apps reads, for the products that open an issuing proxy, which apps have them; never their keys. It needs Reach.
	Apps bool
	// DebugMasks reads what debug sessions hide, one request an environment.
	DebugMasks bool
}

// Records are what the organization's own records add to the facts, as far as they were asked for and could be read. They
// are whole before the first rule sees them, and only read from then on. Nil records hold nothing.
type Records struct {
	Window apigee.Window // zero when traffic was not asked for
	// Groups and Products are nil when they were not asked for or could not be read.
	Groups   []apigee.EnvironmentGroup
	Products []apigee.Product
	Apps     map[string][]apigee.App      // by product
	Masks    map[string]*apigee.DebugMask // by environment; those that were read

	// notices say what of a record is not there for anybody.
	notices []apigee.Problem
	facts   *flow.Facts
	traffic map[string]*envTraffic // by environment; those that were read
	usages  map[visited]*Usage     // of every walk of those environments
}

// visited is a walk in an environment: several environments may share one.
type visited struct {
	environment *flow.Environment
	trace       *flow.Trace
}

// What it means for the verdict that a record is missing.
const (
	noTraffic  = "idle refresh flows and unused proxies cannot be recognized in it, and stored tokens cannot be counted"
	noFaults   = "refresh calls on paths that also issue cannot be recognized in it"
	noGroups   = "the addresses where tokens are issued are not known"
	noProducts = "which clients can get tokens is not known, and proxies are not paired through products"
	noApps     = "the apps that can hold such tokens are not named"
	noMask     = "whether debug sessions show refresh tokens is not known there"
)

// On is what the records say of other facts about the same organization, in which a change is supposed. Calls say nothing of that.
func (rec *Records) On(f *flow.Facts) *Records {
	if rec == nil {
		return nil
	}
	other := *rec
	other.facts, other.Window, other.traffic, other.usages = f, apigee.Window{}, nil, nil
	return &other
}

// recordReader reads the records of one organization and keeps what went wrong.
type recordReader struct {
	source  inventory.EvidenceSource
	facts   *flow.Facts
	records *Records
	limit   int // of requests at once

	mu       sync.Mutex
	problems []apigee.Problem
}

// Read reads what was asked for, with so many requests at once. Without a source, it reads
// nothing and says so.
func Read(ctx context.Context, src inventory.EvidenceSource, f *flow.Facts, o Options, limit int, now time.Time) (*Records, []apigee.Problem) {
	if o == (Options{}) {
		return nil, nil
	}
	r := &recordReader{source: src, facts: f, records: &Records{facts: f}, limit: max(limit, 1)}
	if r.source == nil {
		return nil, []apigee.Problem{{Operation: "read runtime evidence", Error: "there is none where these bundles come from: traffic, reach and debug masks need a live organization"}}
	}
	if o.Traffic > 0 {
		end := now.UTC().Truncate(time.Minute)
		r.records.Window = r.kept(apigee.Window{Start: end.Add(-o.Traffic), End: end})
		r.readTraffic(ctx)
	}
	if o.Reach {
		r.readReach(ctx, o.Apps)
	}
	if o.DebugMasks {
		r.readMasks(ctx)
	}
	r.records.usages = r.records.countAll()
	return r.records, joinProblems(r.problems)
}

// Notices are what a person should know of the records that were read.
func (rec *Records) Notices() []apigee.Problem {
	if rec == nil {
		return nil
	}
	return rec.notices
}

// kept is the part of a window for which the platform keeps analytics. Counting no calls before that would make rates of
// calls too low.
func (r *recordReader) kept(w apigee.Window) apigee.Window {
	traits := r.facts.Organization.Platform.Traits()
	oldest := w.End.AddDate(0, -traits.AnalyticsMonths, 0)
	if traits.AnalyticsMonths == 0 || !w.Start.Before(oldest) {
		return w
	}
	r.records.notices = append(r.records.notices, apigee.Problem{
		Operation: readAnalytics,
		Error: fmt.Sprintf("%s keeps analytics for %s: calls are counted from %s on, and those of the %.0f days before that are not there any more",
			traits.Title, text.Count(traits.AnalyticsMonths, "month"), oldest.Format(time.DateOnly), apigee.Window{Start: w.Start, End: oldest}.Days()),
	})
	w.Start = oldest
	return w
}

func (r *recordReader) failed(p apigee.Problem, err error, meaning string) {
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
func tokenEnvironments(f *flow.Facts) []*flow.Environment {
	return slices.DeleteFunc(slices.Clone(f.Environments), func(e *flow.Environment) bool {
		return !slices.ContainsFunc(e.Traces(), func(w *flow.Trace) bool {
			issuing, refreshing := w.TokenPlaces()
			return len(issuing)+len(refreshing) > 0
		})
	})
}

func (r *recordReader) readMasks(ctx context.Context) {
	r.records.Masks = map[string]*apigee.DebugMask{}
	each(r.limit, tokenEnvironments(r.facts), func(e *flow.Environment) {
		mask, err := r.source.DebugMask(ctx, e.Name)
		if err != nil {
			r.failed(apigee.Problem{Environment: e.Name, Operation: "read the debug mask"}, err, noMask)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.records.Masks[e.Name] = mask
	})
}

func (r *recordReader) readReach(ctx context.Context, apps bool) {
	groups, err := r.source.EnvironmentGroups(ctx)
	if err != nil {
		r.failed(apigee.Problem{Operation: "list the environment groups"}, err, noGroups)
	}
	slices.SortFunc(groups, func(a, b apigee.EnvironmentGroup) int { return cmp.Compare(a.Name, b.Name) })
	if groups == nil && err == nil {
		groups = []apigee.EnvironmentGroup{}
	}
	r.records.Groups = groups
	products, err := r.source.Products(ctx)
	if err != nil {
		r.failed(apigee.Problem{Operation: "list the API products"}, err, noProducts)
		return
	}
	slices.SortFunc(products, func(a, b apigee.Product) int { return cmp.Compare(a.Name, b.Name) })
	if products == nil {
		products = []apigee.Product{}
	}
	r.records.Products = products
	if apps {
		r.readApps(ctx)
	}
}

func (r *recordReader) readApps(ctx context.Context) {
	r.records.Apps = map[string][]apigee.App{}
	var open []string
	issuing := issuingProxies(r.facts)
	for _, p := range r.records.Products {
		if slices.ContainsFunc(issuing, func(i proxyIn) bool { return p.Allows(i.environment, i.proxy) }) {
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
		r.records.Apps[product] = apps
	})
}

// issuingProxies are those that issue refresh tokens, in each environment.
func issuingProxies(f *flow.Facts) []proxyIn {
	var out []proxyIn
	for _, e := range f.Environments {
		for _, w := range e.Traces() {
			if issuing, _ := w.TokenPlaces(); len(issuing) > 0 {
				out = append(out, proxyIn{e.Name, w.Program.Revision.Name})
			}
		}
	}
	return out
}
