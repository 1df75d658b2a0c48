// Package fix mends findings: it edits bundles in memory, and offers an edit only if an audit of the organization with the edited
// bundle confirms it. [Propose] looks for the fixes of each finding alone, [Mend] for changes that mend many findings together. How
// a finding can be mended is in one file for each rule, or for the rules that are mended alike.
package fix

import (
	"context"
	"slices"
	"time"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// Options are the choices where a finding can be mended in several ways.
type Options struct {
	// RefreshLifetime is what refresh tokens get where a fix has to state a lifetime; 0 is the longest that is not reported.
	RefreshLifetime time.Duration
	// StopIssuing prefers not to issue refresh tokens to refreshing them, where both are possible.
	StopIssuing bool
	// Follow lets [Mend] mend what comes up with its changes too, as far as the audit was asked for such findings.
	Follow bool
	// Concurrency bounds how many fixes are tried at once; at least 1.
	Concurrency int
}

// Propose gives each finding of a result its fixes, or says why it has none. Suppressed findings are accepted as they are, and get
// neither. The error is that of a context that ended before all were looked at; those not looked at get neither either.
func Propose(ctx context.Context, a *audit.Audit, r *finding.Result, o Options) error {
	p := newProver(a, o)
	var open []*finding.Finding
	for i := range r.Findings {
		if r.Findings[i].Status != finding.StatusSuppressed {
			open = append(open, &r.Findings[i])
		}
	}
	open = p.affordable(open)
	tries := allowances(a, open)
	if but := concerned(open); but != nil { // by now there is the most in memory
		a.Release(but)
	}
	bundles := byBundle(open)
	p.each(len(bundles), func(i int) {
		shelf := newShelf(ctx, a) // bundles are large, and kept for their own findings only
		for _, f := range bundles[i] {
			if ctx.Err() != nil {
				return
			}
			fixes, why := p.alone(shelf, f, tries[f])
			if ctx.Err() == nil {
				f.Fixes, f.NoFix = fixes, why
			}
		}
	})
	return ctx.Err()
}

// byBundle are findings by the bundle that has them, in the order in which bundles have the first.
func byBundle(findings []*finding.Finding) [][]*finding.Finding {
	type bundle struct {
		apigee.Ref
		source string
	}
	at := map[bundle]int{}
	var out [][]*finding.Finding
	for _, f := range findings {
		b := bundle{apigee.Ref{Kind: f.Kind, Name: f.Name}, f.Source}
		i, known := at[b]
		if !known {
			i, out = len(out), append(out, nil)
			at[b] = i
		}
		out[i] = append(out[i], f)
	}
	return out
}

// concerned are the bundles that fixes of some findings may edit. It is nil where a shared flow is among them: an edit of one can make it
// necessary to read any bundle again.
func concerned(findings []*finding.Finding) map[apigee.Ref]bool {
	out := map[apigee.Ref]bool{}
	for _, f := range findings {
		if menderOf(f.RuleID) == nil {
			continue
		}
		for _, h := range append(slices.Concat(f.Path, f.Related), finding.Hop{Kind: f.Kind, Name: f.Name}) {
			if h.Kind == apigee.KindSharedFlow {
				return nil
			}
			out[apigee.Ref{Kind: h.Kind, Name: h.Name}] = true
		}
	}
	return out
}
