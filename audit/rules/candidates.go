package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"apigee-audit/apigee"
	"apigee-audit/audit"
	"apigee-audit/internal/text"
)

// candidates are the bundles that could refresh, each once, best tie first.
type candidates []audit.Candidate

// candidatesOf joins the refreshers of verdicts about one bundle in several environments.
func candidatesOf(group []*audit.Verdict, of func(*audit.Verdict) []audit.Candidate) candidates {
	var all candidates
	for _, v := range group {
		all = append(all, of(v)...)
	}
	slices.SortStableFunc(all, func(a, b audit.Candidate) int {
		return cmp.Or(a.Tie.Kind.Compare(b.Tie.Kind), strings.Compare(a.Walk.Unit.Revision.Name, b.Walk.Unit.Revision.Name))
	})
	seen := map[apigee.Ref]bool{}
	return slices.DeleteFunc(all, func(r audit.Candidate) bool {
		ref := r.Walk.Unit.Revision.Ref()
		again := seen[ref]
		seen[ref] = true
		return again
	})
}

func refreshers(v *audit.Verdict) []audit.Candidate { return v.Refreshers }

// most is how many candidates messages name and point at.
const most = 3

// String names a few and counts the rest: `proxies "a", "b", "c" and 4 more`.
func (c candidates) String() string {
	var names []string
	kinds := map[apigee.Kind]bool{}
	for i, r := range c {
		kinds[r.Walk.Unit.Revision.Kind] = true
		if i < most {
			names = append(names, fmt.Sprintf("%q", r.Walk.Unit.Revision.Name))
		}
	}
	noun := "bundle"
	if len(kinds) == 1 {
		noun = c[0].Walk.Unit.Revision.Kind.Noun()
	}
	if n := len(c) - most; n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	if len(c) > 1 {
		noun = text.Plural(noun)
	}
	return noun + " " + text.List(names)
}

// hops point at the refresh policies of the best few.
func (c candidates) hops() []audit.Hop {
	var out []audit.Hop
	for _, r := range c[:min(len(c), most)] {
		if h := r.Reach.Policy.Hop(); !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// where is the best candidate with the paths under which it refreshes: `proxy "renew" (/renew/refresh)`.
func (c candidates) where() string {
	best := c[0]
	s := c[:1].String()
	if paths := best.Reach.Paths(); len(paths) > 0 && best.Walk.Unit.Revision.Kind == apigee.KindProxy {
		s += " (" + strings.Join(paths, ", ") + ")"
	}
	return s
}
