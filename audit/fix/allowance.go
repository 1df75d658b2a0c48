package fix

import (
	"slices"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/audit/finding"
)

// Proving a fix takes an audit of the bundle, so that the proofs of a large bundle with many findings take the square of its size. What
// is spent on one bundle is therefore bounded, by work rather than by time: the same organization gets the same fixes.
const (
	// workOfBundle is what all tries for the findings of one bundle may take together, in bytes of XML that are read again.
	workOfBundle = 16 << 20
	// workOfTry is what a try takes beside the work on the bundle.
	workOfTry = 20 << 10
)

const tooMuchWork = "No fix was looked for: to prove one takes an audit of the bundle, and that is too large, or has too many findings, " +
	"for all of them. Mend the others first."

// allowances says how many edits may be tried for each of some findings. A finding of the core family, of which a bundle has one, may
// take half of what its bundle has; the others share the rest, and where it does not suffice for one try each, the last get none.
func allowances(a *audit.Audit, findings []*finding.Finding) map[*finding.Finding]int {
	mended := slices.DeleteFunc(slices.Clone(findings), func(f *finding.Finding) bool { return menderOf(f.RuleID) == nil })
	out := map[*finding.Finding]int{}
	for _, group := range byBundle(mended) {
		left := int(workOfBundle / (a.Work(apigee.Ref{Kind: group[0].Kind, Name: group[0].Name}) + workOfTry))
		var rest []*finding.Finding
		for _, f := range group {
			if !finding.InCoreFamily(f.RuleID) {
				rest = append(rest, f)
				continue
			}
			out[f] = min(maxTries*passes, (left+1)/2)
			left -= out[f]
		}
		for i, f := range rest {
			out[f] = min(maxTries*passes, max(left, 0)/(len(rest)-i))
			if out[f] == 0 && left > 0 {
				out[f] = 1
			}
			left -= out[f]
		}
	}
	return out
}

// The work of [Propose] grows with the findings and with the organization in which each fix is tried. It is bounded by their product,
// far beyond the findings of ordinary organizations, so that no audit takes minutes longer for its fixes; at least some are looked for.
const (
	mostWork   = 2_000_000
	leastTried = 100
)

// affordable are the findings of which fixes are looked for, the most severe. The others get the reason why there is none.
func (p *prover) affordable(findings []*finding.Finding) []*finding.Finding {
	most := max(leastTried, mostWork/max(len(p.base.Findings)+len(p.base.Inventory), 1))
	var out []*finding.Finding
	for _, f := range findings {
		if menderOf(f.RuleID) != nil {
			if most--; most < 0 {
				f.NoFix = "Fixes were looked for of the most severe findings only, because there are so many; apigee-audit fix looks for all."
				continue
			}
		}
		out = append(out, f)
	}
	return out
}
